package notice

func init() { mailBatch = 2 }
