// registry/client
