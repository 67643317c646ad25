package outbox

import (
	"errors"
	"math"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
)

// RecipientLimit bounds what is sent to one number or address on request, over
// all who ask.
var RecipientLimit = clause.Declare(clause.Refusal{Code: "RECIPIENT_LIMIT", Clause: "5.4",
	Text:   clause.Text{ZH: "该号码或邮箱在 24 小时内收到的消息已达上限。", EN: "This number or address has received the maximum number of messages in 24 hours."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请在 {retryAfter} 秒后重试。", EN: "Try again in {retryAfter} seconds."}}})

const day = 24 * time.Hour

// Receives refuses an address that could receive no invitation now. The refusal is
// RECIPIENT_LIMIT, at the field.
func Receives(tx *ent.Tx, to, field string) error {
	_, err := nextOrdinal(tx, Recipient(tx.Store(), to), message.PurposeINVITATION)
	if limit, is := errors.AsType[clause.Refusal](err); is {
		return limit.At(field)
	}
	return err
}

// nextOrdinal returns the number of the next message of a purpose to a recipient,
// counted over all senders from 1. The unique key over recipient and ordinal
// puts concurrent messages in order: the one that loses runs again. The refusal
// is RECIPIENT_LIMIT: there is a maximum in 24 hours for all messages, and a lower
// one for those without a code.
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
			// In whole hours, so that it doesn't reveal when messages were sent to
			// others.
			hours := math.Ceil(left.Hours())
			return 0, RecipientLimit.With("retryAfter", int(hours)*3600)
		}
	}
	return *newest[0].RecipientOrdinal + 1, nil
}
