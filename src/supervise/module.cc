// supervise
