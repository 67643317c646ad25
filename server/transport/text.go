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

// Invalid text is refused before it is decoded, because encoding/json silently replaces
// it by U+FFFD.

// notText returns the position of the first bytes in JSON that aren't text, or -1. They
// are invalid UTF-8, or an escape of half a surrogate pair.
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

// escaped reads the escape at the beginning of data, and returns its UTF-16 unit and its
// length. The unit is -1 if the escape isn't \uXXXX.
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

// checkText refuses JSON that isn't valid text.
func checkText(data []byte) *fault {
	if at := notText(data); at >= 0 {
		return malformed(text("正文在第 %d 字节处不是有效的 UTF-8 文本。", "the JSON is not valid UTF-8 text at byte %d.", at))
	}
	return nil
}

// checkJSON refuses JSON that isn't valid text, or that holds more values than a request
// of at most longest bytes may.
func checkJSON(data []byte, longest int64) *fault {
	if f := checkText(data); f != nil {
		return f
	}
	if refusal, over := errors.AsType[clause.Refusal](limits.JSON(data, longest)); over {
		return &fault{status: http.StatusRequestEntityTooLarge, refusal: refusal}
	}
	return nil
}

// checkURL refuses parameters of a URL that aren't valid text.
func checkURL(values url.Values) *fault {
	for name, all := range values {
		for _, v := range append(all, name) {
			if !utf8.ValidString(v) {
				return malformed(text("地址中的参数须为 UTF-8 文本。", "the parameters of the URL must be UTF-8 text."))
			}
		}
	}
	return nil
}

// checkDocument refuses half a surrogate pair in a string of the document, which the
// lexer would read as U+FFFD.
func checkDocument(query string) *fault {
	if !strings.Contains(query, `\ud`) && !strings.Contains(query, `\uD`) {
		return nil
	}
	for l := lexer.New(&ast.Source{Input: query}); ; {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return nil // the parser reports a malformed document
		}
		if token.Kind == lexer.String && strings.ContainsRune(token.Value, utf8.RuneError) {
			return malformed(text("query 中的转义序列不是有效字符。", "query holds an escape that is not a valid character."))
		}
	}
}
