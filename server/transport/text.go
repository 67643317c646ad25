package transport

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"portico/clause"
	"portico/graph/limits"
)

// What isn't text is refused before it is decoded: encoding/json would put
// U+FFFD in the place of what it can't read, and say nothing.

// notText is where bytes of JSON stop being text, or -1: bytes that are no
// UTF-8, or an escape of half a surrogate pair.
func notText(data []byte) int {
	if !utf8.Valid(data) {
		at := 0
		for at < len(data) {
			r, n := utf8.DecodeRune(data[at:])
			if r == utf8.RuneError && n <= 1 {
				break
			}
			at += n
		}
		return at
	}
	for at := bytes.IndexByte(data, '\\'); at >= 0 && at < len(data); {
		unit, n := escaped(data[at:])
		if unit >= 0xD800 && unit <= 0xDFFF {
			low, m := escaped(data[at+n:])
			if unit >= 0xDC00 || low < 0xDC00 || low > 0xDFFF {
				return at
			}
			n += m
		}
		next := bytes.IndexByte(data[min(at+n, len(data)):], '\\')
		if next < 0 {
			return -1
		}
		at += n + next
	}
	return -1
}

// escaped reads the escape that data begins with, and returns its length; the unit
// is -1 where it is none of \uXXXX.
func escaped(data []byte) (unit, length int) {
	if len(data) < 2 || data[0] != '\\' || data[1] != 'u' || len(data) < 6 {
		return -1, 2
	}
	v, err := strconv.ParseUint(string(data[2:6]), 16, 32)
	if err != nil {
		return -1, 2
	}
	return int(v), 6
}

// checkText refuses JSON that isn't text.
func checkText(data []byte) *fault {
	if at := notText(data); at >= 0 {
		return malformed(text("正文在第 %d 字节处不是有效的 UTF-8 文本。", "at byte %d the JSON is not text in UTF-8.", at))
	}
	return nil
}

// checkJSON refuses JSON that isn't text, or holds more than a request of so many
// bytes at most may.
func checkJSON(data []byte, longest int64) *fault {
	if f := checkText(data); f != nil {
		return f
	}
	if refusal, over := errors.AsType[clause.Refusal](limits.JSON(data, longest)); over {
		return &fault{status: http.StatusRequestEntityTooLarge, refusal: refusal}
	}
	return nil
}

// checkURL refuses parameters of an address that aren't text.
func checkURL(values url.Values) *fault {
	for name, all := range values {
		for _, v := range append(all, name) {
			if !utf8.ValidString(v) {
				return malformed(text("地址中的参数须为 UTF-8 文本。", "the address's parameters must be text in UTF-8."))
			}
		}
	}
	return nil
}

// checkDocument refuses half a surrogate pair in a string of the document: the
// lexer reads it as U+FFFD.
func checkDocument(query string) *fault {
	if !strings.Contains(query, `\ud`) && !strings.Contains(query, `\uD`) {
		return nil
	}
	for l := lexer.New(&ast.Source{Input: query}); ; {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return nil // what is no document is told by the parser
		}
		if token.Kind == lexer.String && strings.ContainsRune(token.Value, utf8.RuneError) {
			return malformed(text("query 中有不成字符的转义。", "query holds an escape that is no character."))
		}
	}
}
