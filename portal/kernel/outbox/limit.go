package outbox

import (
	"math"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
)

// RecipientLimit bounds what is sent to one number or address because somebody
// asked for it, whoever asks.
var RecipientLimit = clause.Declare(clause.Refusal{Code: "RECIPIENT_LIMIT", Clause: "5.4",
	Text:   clause.Text{ZH: "该号码或邮箱在 24 小时内收到的消息已达上限。", EN: "This number or address has received as many messages in 24 hours as one may."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请在 {retryAfter} 秒后重试。", EN: "Send it again in {retryAfter} seconds."}}})

const day = 24 * time.Hour

// nextOrdinal is the number of the next message of a purpose to a recipient,
// counted over all senders from 1. The unique key over recipient and ordinal
// serialises concurrent senders: the one that loses is run again. The refusal is
// RECIPIENT_LIMIT: at most so many in 24 hours in all, and fewer that hold no
// code.
func nextOrdinal(tx *ent.Tx, recipient string, purpose message.Purpose) (int64, error) {
	all, uncoded := clause.Standard(clause.MessagesPerRecipient).Int(), clause.Standard(clause.MessagesUncoded).Int()
	newest, err := tx.Message.Query().Where(message.RecipientIndex(recipient), message.RecipientOrdinalNotNil()).
		Order(db.Desc(message.FieldRecipientOrdinal)).Limit(all).All(tx)
	if err != nil || len(newest) == 0 {
		return 1, err
	}
	sent, others := 0, 0
	for _, m := range newest {
		left := calendar.Left(m.CreatedAt, day, tx.Wall)
		if left == 0 {
			continue
		}
		sent++
		if *m.Purpose != message.PurposeCODE {
			others++
		}
		if sent == all || purpose != message.PurposeCODE && others == uncoded {
			// In whole hours, so that it doesn't tell when others had something sent.
			hours := math.Ceil(left.Hours())
			return 0, RecipientLimit.With("retryAfter", int(hours)*3600)
		}
	}
	return *newest[0].RecipientOrdinal + 1, nil
}
