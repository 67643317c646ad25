package payment

// maxName is how long a name may be, in characters.
const maxName = 200

// clip keeps a name that a channel signed within its column.
func clip(name string) string {
	if r := []rune(name); len(r) > maxName {
		return string(r[:maxName])
	}
	return name
}
