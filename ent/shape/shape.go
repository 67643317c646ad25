// Package shape brings statements into few shapes, whatever the number of their
// values.
package shape

import "strings"

// A statement whose text depends on how many values it is given (the ids of a
// list, the rows of a page) would be another statement for each number: so many
// that a caller could fill the database's room for prepared statements. Here, at
// the door, every statement is brought into one of a few shapes.

const (
	// longestList is up to how many values a list is rounded up; a longer one is
	// rare, and left as it is.
	longestList = 512
	// fewest is up to which number a limit stays a part of the text: ent's own of
	// what is one row.
	fewest = 2
)

// RoundedUp is the number of values that a list of n is filled up to: a power
// of two.
func RoundedUp(n int) int {
	size := 1
	for size < n {
		size *= 2
	}
	return size
}

// Of brings a statement into its shape: a list in brackets after IN is
// filled up to a power of two by its last value again, which changes nothing of
// what it holds, and the limit of a page becomes an argument.
func Of(query string, args []any) (string, []any) {
	query, args = shapedLists(query, args)
	return shapedLimit(query, args)
}

// InList begins a list of values.
const InList = " IN (?"

func shapedLists(query string, args []any) (string, []any) {
	at := strings.Index(query, InList)
	if at < 0 {
		return query, args
	}
	var text strings.Builder
	var values []any // nil until something is filled up
	done, copied, read, written := 0, 0, 0, 0
	for at >= 0 {
		start := done + at
		read += placeholders(query[done:start])
		end, n := start+len(InList), 1
		for strings.HasPrefix(query[end:], ", ?") {
			end, n = end+len(", ?"), n+1
		}
		more := RoundedUp(n) - n
		if n > longestList || !strings.HasPrefix(query[end:], ")") || read+n > len(args) {
			more = 0
		}
		read += n
		if more > 0 {
			text.WriteString(query[copied:end])
			text.WriteString(strings.Repeat(", ?", more))
			copied = end
			if values == nil {
				values = make([]any, 0, len(args)+more)
			}
			values = append(values, args[written:read]...)
			written = read
			for range more {
				values = append(values, args[read-1])
			}
		}
		done = end
		at = strings.Index(query[done:], InList)
	}
	if values == nil {
		return query, args
	}
	text.WriteString(query[copied:])
	return text.String(), append(values, args[written:]...)
}

// placeholders counts the placeholders of a part of a statement that stand
// outside of quotes.
func placeholders(part string) (n int) {
	for {
		at := strings.IndexAny(part, "?'`\"")
		if at < 0 {
			return n
		}
		if part[at] == '?' {
			n++
			part = part[at+1:]
			continue
		}
		end := strings.IndexByte(part[at+1:], part[at])
		if end < 0 {
			return n
		}
		part = part[at+end+2:]
	}
}

func shapedLimit(query string, args []any) (string, []any) {
	const word = " LIMIT "
	digits := len(query)
	n := 0
	for unit := 1; digits > 0 && query[digits-1] >= '0' && query[digits-1] <= '9' && unit < 1e9; unit *= 10 {
		digits--
		n += int(query[digits]-'0') * unit
	}
	if n <= fewest || !strings.HasSuffix(query[:digits], word) {
		return query, args
	}
	return query[:digits] + "?", append(args[:len(args):len(args)], n)
}

// RowsPerInsert keeps a statement's parameters below what either engine takes.
const RowsPerInsert = 1000

// InsertSizes are the parts in which many rows are inserted: so few statements
// are kept prepared, whatever the number of rows, and none is parsed anew.
var InsertSizes = []int{RowsPerInsert, 200, 50, 10, 1}

// fewRows is up to how many rows an INSERT of any size is worth preparing.
const fewRows = 4

// WorthKeeping reports whether a statement comes in few shapes, so that it is
// worth preparing. Its words in capitals say so where it is written by hand.
func WorthKeeping(query string) bool {
	switch {
	case strings.HasPrefix(query, "INSERT"):
		rows := 1 + strings.Count(query, "), (?")
		if rows <= fewRows {
			return true
		}
		for _, size := range InsertSizes {
			if rows == size {
				return true
			}
		}
		return false
	case strings.HasPrefix(query, "SELECT"), strings.HasPrefix(query, "UPDATE"), strings.HasPrefix(query, "DELETE"):
		return !strings.Contains(query, InList) || !beyondLongest(query)
	}
	return false
}

// beyondLongest reports whether a statement has a list that wasn't filled up.
func beyondLongest(query string) bool {
	return strings.Contains(query, InList+strings.Repeat(", ?", longestList))
}
