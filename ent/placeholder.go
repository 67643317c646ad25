package ent

import "strings"

// slot is one placeholder of a statement: the text column that its value is
// written to or compared with, or nil if there is none.
type slot struct {
	column *alphabet
	writes bool
}

// slotReader finds the column that each placeholder of a statement belongs to.
// It understands the subset of SQL that ent and the statements of this package
// use: a placeholder in VALUES belongs to the column in the same position, one
// in SET to the column that is set, and any other to the last column named
// before it. Words in capital letters are keywords; names are quoted or in
// lower case.
type slotReader struct {
	tokens []string
	tables map[string][]string // by name or alias
	slots  []slot

	at      int
	columns []string // of INSERT
	table   string   // of INSERT or UPDATE
	last    *alphabet
}

func readSlots(query string) []slot {
	r := slotReader{tokens: tokensOf(query), tables: map[string][]string{}}
	r.readTables()
	if len(r.tokens) == 0 {
		return nil
	}
	switch strings.ToUpper(r.tokens[0]) {
	case "INSERT", "REPLACE":
		r.insert()
	case "UPDATE":
		r.at = r.find("SET", 1)
		r.set()
	}
	r.compare()
	return r.slots
}

// Placeholders lists the column of each placeholder of a statement, followed by
// "=" if it is written, or "-" if the column holds no text. Tests of
// hand-written statements use it.
func Placeholders(query string) string {
	var all []string
	for _, s := range readSlots(query) {
		switch {
		case s.column == nil:
			all = append(all, "-")
		case s.writes:
			all = append(all, s.column.column+"=")
		default:
			all = append(all, s.column.column)
		}
	}
	return strings.Join(all, " ")
}

// tokensOf splits a statement into names (without their quotes), words,
// literals (each as an empty quoted text) and single characters.
func tokensOf(query string) []string {
	var all []string
	for i := 0; i < len(query); {
		c := query[i]
		switch {
		case c == '`' || c == '"' || c == '\'':
			end := strings.IndexByte(query[i+1:], c)
			if end < 0 {
				return all
			}
			if c == '\'' {
				all = append(all, "''")
			} else {
				all = append(all, query[i+1:i+1+end])
			}
			i += end + 2
		case isWord(c):
			end := i
			for end < len(query) && isWord(query[end]) {
				end++
			}
			all = append(all, query[i:end])
			i = end
		case c == ' ' || c == '\n' || c == '\t':
			i++
		default:
			all = append(all, string(c))
			i++
		}
	}
	return all
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isName reports whether a token is a name, not a keyword or a number.
func isName(token string) bool {
	return token != "" && isWord(token[0]) && token != strings.ToUpper(token)
}

func (r *slotReader) token(i int) string {
	if i < 0 || i >= len(r.tokens) {
		return ""
	}
	return r.tokens[i]
}

func (r *slotReader) find(word string, from int) int {
	for i := from; i < len(r.tokens); i++ {
		if r.tokens[i] == word {
			return i + 1
		}
	}
	return len(r.tokens)
}

// readTables records the tables that the statement names, with their aliases.
func (r *slotReader) readTables() {
	for i, t := range r.tokens {
		switch {
		case t == "FROM", t == "JOIN", t == "INTO", i == 0 && strings.ToUpper(t) == "UPDATE":
		default:
			continue
		}
		table := r.token(i + 1)
		if alphabets[table] == nil {
			continue
		}
		r.table = table
		alias := r.token(i + 2)
		if alias == "AS" {
			alias = r.token(i + 3)
		}
		r.tables[table] = append(r.tables[table], table)
		if isName(alias) && alias != table {
			r.tables[alias] = append(r.tables[alias], table)
		}
	}
	if len(r.tokens) > 1 && strings.ToUpper(r.tokens[0]) == "UPDATE" {
		r.table = r.tokens[1]
	}
}

// named finds a column by its name and the table or alias before it. If it
// could belong to several tables, an ASCII column takes precedence.
func (r *slotReader) named(qualifier, name string) *alphabet {
	var found *alphabet
	look := func(tables []string) {
		for _, t := range tables {
			if a := alphabets[t][name]; a != nil && (found == nil || a.ascii) {
				found = a
			}
		}
	}
	if look(r.tables[qualifier]); found != nil {
		return found
	}
	for _, tables := range r.tables {
		look(tables)
	}
	return found
}

func (r *slotReader) place(column *alphabet, writes bool) {
	r.slots = append(r.slots, slot{column, writes})
}

// insert reads the columns and values of an INSERT, and what follows them.
func (r *slotReader) insert() {
	r.table = r.token(2)
	for r.at = 3; r.token(r.at) != ")" && r.at < len(r.tokens); r.at++ {
		if name := r.token(r.at); name != "(" && name != "," {
			r.columns = append(r.columns, name)
		}
	}
	if r.token(r.at+1) != "VALUES" {
		return
	}
	for r.at += 2; r.token(r.at) == "(" || r.token(r.at) == ","; r.at++ {
		if r.token(r.at) == "(" {
			r.row()
		}
	}
	if at := r.find("UPDATE", r.at); at <= len(r.tokens)-1 { // ON CONFLICT … DO UPDATE SET, ON DUPLICATE KEY UPDATE
		r.at = at
		if r.token(at) == "SET" {
			r.at++
		}
		r.set()
	}
}

// row reads one row of VALUES, from its opening bracket to its closing one.
func (r *slotReader) row() {
	column, depth := 0, 0
	for ; r.at < len(r.tokens); r.at++ {
		switch r.token(r.at) {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return
			}
		case ",":
			if depth == 1 {
				column++
			}
		case "?":
			var a *alphabet
			if column < len(r.columns) {
				a = alphabets[r.table][r.columns[column]]
			}
			r.place(a, true)
		}
	}
}

// set reads assignments up to WHERE or the end.
func (r *slotReader) set() {
	var column *alphabet
	depth, expected := 0, true
	for ; r.at < len(r.tokens); r.at++ {
		switch t := r.token(r.at); {
		case t == "WHERE" && depth == 0:
			return
		case t == "(":
			depth++
		case t == ")":
			depth--
		case t == "," && depth == 0:
			expected = true
		case t == "?":
			r.place(column, true)
		case expected && isName(t) && r.token(r.at+1) == "=":
			column, expected = alphabets[r.table][t], false
		case expected && isName(t) && r.token(r.at+1) == "." && r.token(r.at+3) == "=":
			column, expected = alphabets[r.table][r.token(r.at+2)], false
			r.at += 2
		}
	}
}

// compare reads the conditions.
func (r *slotReader) compare() {
	for ; r.at < len(r.tokens); r.at++ {
		t := r.token(r.at)
		switch {
		case t == "?":
			r.place(r.last, false)
		case isName(t) && r.token(r.at+1) == "." && isName(r.token(r.at+2)):
			r.last = r.named(t, r.token(r.at+2))
			r.at += 2
		case isName(t) && r.token(r.at-1) != "AS" && r.token(r.at-1) != "FROM" && r.token(r.at-1) != "JOIN":
			r.last = r.named("", t)
		}
	}
}
