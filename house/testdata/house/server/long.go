package server // want 401 lines, more than 400

func long() { // want long has 62 lines, more than 60
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
	_ = 1
}

// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
// line
