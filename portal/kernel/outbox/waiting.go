package outbox

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
)

// Backlog is the number of queued messages in one channel, and their age.
type Backlog struct {
	Channel  message.Channel
	Messages int
	// Oldest is when the first of them was queued, in wall time; now if none is
	// queued.
	Oldest time.Time
}

// Waiting returns the queued messages by channel.
func Waiting(ctx context.Context, s *ent.Store) ([]Backlog, error) {
	var found []struct {
		Channel message.Channel `json:"channel"`
		Count   int             `json:"count"`
		Min     string          `json:"min"` // ids are in the order of time
	}
	err := s.Read().Message.Query().Where(message.StateEQ(message.StateQUEUED), message.ChannelIn(message.ChannelEMAIL, message.ChannelSMS)).
		GroupBy(message.FieldChannel).Aggregate(db.Count(), db.Min(message.FieldID)).Scan(ctx, &found)
	if err != nil {
		return nil, err
	}
	all := []Backlog{{message.ChannelEMAIL, 0, s.Wall()}, {message.ChannelSMS, 0, s.Wall()}}
	for _, f := range found {
		for i := range all {
			if all[i].Channel != f.Channel {
				continue
			}
			all[i].Messages = f.Count
			first, err := s.Read().Message.Get(ctx, f.Min)
			if err != nil && !db.IsNotFound(err) { // it may have been removed meanwhile
				return nil, err
			}
			if err == nil {
				all[i].Oldest = first.CreatedAt
			}
		}
	}
	return all, nil
}
