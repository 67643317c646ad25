package text

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// What can be wrong with bytes that are to be text; told apart with errors.Is.
var (
	// ErrCharset: the charset is none that is read.
	ErrCharset = errors.New("text: the charset is not UTF-8, GBK, GB2312 or GB18030")
	// ErrBytes: the bytes are none of their charset's.
	ErrBytes = errors.New("text: the bytes are not of their charset")
)

// Decode reads bytes of a charset: UTF-8 (also if it is empty), GBK, GB2312 or
// GB18030. A byte order mark is left out. What isn't of the charset, or could
// have lost something already (U+FFFD), is refused. Errors: ErrCharset, ErrBytes.
func Decode(b []byte, charset string) (string, error) {
	switch strings.ToUpper(strings.TrimSpace(charset)) {
	case "", "UTF-8", "UTF8":
		b = bytes.TrimPrefix(b, []byte("\ufeff"))
	case "GBK", "GB2312", "GB18030", "GB-18030", "CP936":
		var err error
		if b, err = simplifiedchinese.GB18030.NewDecoder().Bytes(b); err != nil {
			return "", ErrBytes
		}
		b = bytes.TrimPrefix(b, []byte("\ufeff"))
	default:
		return "", ErrCharset
	}
	if !utf8.Valid(b) || bytes.ContainsRune(b, utf8.RuneError) {
		return "", ErrBytes
	}
	return string(b), nil
}

// DecodeFile reads a file that doesn't tell its charset: UTF-8 if it is that,
// else GB18030, by which Chinese banks write. Errors: ErrBytes.
func DecodeFile(b []byte) (string, error) {
	if utf8.Valid(b) {
		return Decode(b, "UTF-8")
	}
	return Decode(b, "GB18030")
}
