// Package shape brings statements into a few shapes, regardless of the number
// of their values.
package shape

import "strings"

// The text of a statement may depend on the number of its values (the ids of a
// list, the rows of a page). Without shapes there would be a different
// statement for each number, and a caller could fill the database's cache of
// prepared statements. Here every statement is brought into one of a few
// shapes.

const (
	// longestList is the length up to which a list is filled up. A longer list
	// is rare and stays as it is.
	longestList = 512
	// fewest is the largest limit that stays part of the text. Ent uses such
	// limits to read one row.
	fewest = 2
)

// RoundedUp returns the length to which a list of n values is filled up: a
// power of two.
func RoundedUp(n int) int {
	size := 1
	for size < n {
		size *= 2
	}
	return size
}

// Of brings a statement into its shape. It fills a list in brackets after IN up
// to a power of two by repeating its last value, which doesn't change the
// meaning, and turns the limit of a page into an argument.
func Of(query string, args []any) (string, []any) {
	query, args = shapedLists(query, args)
	return shapedLimit(query, args)
}

// InList is the start of a list of values.
const InList = " IN (?"

func shapedLists(query string, args []any) (string, []any) {
	at := strings.Index(query, InList)
	if at < 0 {
		return query, args
	}
	var text strings.Builder
	var values []any // nil until a list is filled up
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

// placeholders counts the placeholders of a part of a statement, outside
// quotes.
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

// RowsPerInsert keeps the number of a statement's parameters below the limits
// of both engines.
const RowsPerInsert = 1000

// InsertSizes are the numbers of rows with which many rows are inserted. So
// only a few statements are kept prepared, whatever the number of rows, and
// none is parsed again.
var InsertSizes = []int{RowsPerInsert, 500, 200, 100, 50, 20, 10, 5, 2, 1}

// fewRows is the largest number of rows for which every INSERT is worth
// preparing.
const fewRows = 4

// WorthKeeping reports whether a statement has one of a few shapes, so that it
// is worth preparing. A hand-written statement requests it by its keywords in
// capital letters.
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

// beyondLongest reports whether a statement has a list that wasn't filled up
// because it is too long.
func beyondLongest(query string) bool {
	return strings.Contains(query, InList+strings.Repeat(", ?", longestList))
}
