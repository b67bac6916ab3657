// edged
