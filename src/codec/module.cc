// codec
