// http/client
