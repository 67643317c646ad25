package text

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The errors of decoding bytes to text; use errors.Is.
var (
	// ErrCharset means that the charset isn't supported.
	ErrCharset = errors.New("text: the charset is not UTF-8, GBK, GB2312 or GB18030")
	// ErrBytes means that the bytes aren't valid in their charset.
	ErrBytes = errors.New("text: the bytes are not of their charset")
)

// Decode converts bytes of a charset to text: UTF-8 (also if charset is empty),
// GBK, GB2312 or GB18030. It removes a byte order mark. Bytes that aren't valid
// in the charset, and text that contains U+FFFD and so may already have lost
// something, are errors. Errors: ErrCharset, ErrBytes.
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

// DecodeFile decodes a file whose charset isn't known: as UTF-8 if it is valid
// UTF-8, otherwise as GB18030, which Chinese banks use. Errors: ErrBytes.
func DecodeFile(b []byte) (string, error) {
	if utf8.Valid(b) {
		return Decode(b, "UTF-8")
	}
	return Decode(b, "GB18030")
}
