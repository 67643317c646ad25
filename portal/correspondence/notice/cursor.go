package notice

import (
	"crypto/subtle"
	"encoding/base64"
	"strconv"

	"portico/clause"
	"portico/ent"
)

// macLength is the length of the part of a cursor that binds it to its account.
const macLength = 16

// Cursor returns the position of a notice among those of an account: the cursor
// of the list, and of `noticePosted`. It is valid for that account only.
func Cursor(s *ent.Store, accountID string, sequence int64) string {
	n := strconv.FormatInt(sequence, 10)
	return base64.RawURLEncoding.EncodeToString([]byte(seal(s, accountID, n) + n))
}

func seal(s *ent.Store, accountID, n string) string {
	return s.Index("cursor.notices."+accountID, n)[:macLength]
}

// position reads a cursor; one of another list is BAD_REQUEST.
func position(s *ent.Store, accountID, cursor string) (int64, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && len(b) > macLength {
		mac, n := b[:macLength], string(b[macLength:])
		if subtle.ConstantTimeCompare(mac, []byte(seal(s, accountID, n))) == 1 {
			return strconv.ParseInt(n, 10, 64)
		}
	}
	return 0, clause.Malformed.With("detail", clause.Text{ZH: "游标不属于此列表", EN: "the cursor does not belong to this list"})
}
