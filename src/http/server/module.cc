// http/server
