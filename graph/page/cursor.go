package page

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Sealer computes the MAC of cursors. The store of ent is one.
type Sealer interface {
	// Index returns a keyed hash of a value within a domain.
	Index(domain, value string) string
}

// position is the position that a cursor encodes: a sort value and an id.
type position struct {
	Kind  string `json:"k"`
	Value string `json:"v"`
	ID    string `json:"i"`
}

func (p position) decoded() any {
	switch p.Kind {
	case "t":
		t, _ := time.Parse(time.RFC3339Nano, p.Value)
		return t
	case "n":
		n, _ := strconv.ParseInt(p.Value, 10, 64)
		return n
	}
	return p.Value
}

// cursors seals positions to one list: base64 of a MAC and the position.
type cursors struct {
	sealer Sealer
	domain string
}

const macLength = 16

func (c cursors) mac(b []byte) string { return c.sealer.Index(c.domain, string(b))[:macLength] }

func (c cursors) make(value any, id string) string {
	p := position{ID: id}
	switch v := value.(type) {
	case time.Time:
		p.Kind, p.Value = "t", v.UTC().Format(time.RFC3339Nano)
	case int64:
		p.Kind, p.Value = "n", strconv.FormatInt(v, 10)
	default:
		p.Kind, p.Value = "s", fmt.Sprint(v)
	}
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // three strings can always be written as JSON
	}
	return base64.RawURLEncoding.EncodeToString(append([]byte(c.mac(b)), b...))
}

func (c cursors) open(cursor string) (position, error) {
	var p position
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) < macLength {
		return p, foreignCursor()
	}
	if subtle.ConstantTimeCompare([]byte(c.mac(b[macLength:])), b[:macLength]) != 1 {
		return p, foreignCursor()
	}
	if err := json.Unmarshal(b[macLength:], &p); err != nil {
		return p, foreignCursor()
	}
	return p, nil
}

func foreignCursor() error {
	return malformed("游标不属于此列表。", "the cursor doesn't belong to this list")
}

func domain(list, of string) string { return "cursor." + list + "." + of }
