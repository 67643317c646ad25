package billing

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/usageperiod"
)

// Failed counts the periods that could not be billed and wait for another try,
// by the reason of the last failure.
func Failed(ctx context.Context, s *ent.Store) (map[string]int, error) {
	var found []struct {
		Failure *string `json:"failure"`
		Count   int     `json:"count"`
	}
	err := s.Read().UsagePeriod.Query().Where(usageperiod.OutcomeEQ(usageperiod.OutcomeFAILED)).
		GroupBy(usageperiod.FieldFailure).Aggregate(db.Count()).Scan(ctx, &found)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{FailedNoPrice: 0, FailedTooLarge: 0, FailedInternal: 0}
	for _, f := range found {
		why := FailedInternal // no reason is recorded
		if f.Failure != nil {
			why = *f.Failure
		}
		counts[why] += f.Count
	}
	return counts, nil
}
