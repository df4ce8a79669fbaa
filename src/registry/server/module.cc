// registry/server
