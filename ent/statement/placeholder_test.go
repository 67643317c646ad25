package statement

import (
	"testing"

	"portico/ent"
)

// ent parses the placeholders of hand-written statements correctly.
func TestThePlaceholdersAreRead(t *testing.T) {
	counted, _ := countedQuery("s", []string{"1", "2", "3"})
	for query, want := range map[string]string{
		counted:           "source event_id event_id event_id event_id",
		basisQuery:        "open_key account_id figure - - account_id plan_id account_id application_id id",
		keyedFramedQuery:  "account_id - - principal operation key - id person_id -",
		takenQuery:        "principal operation key",
		balanceQuery:      "account_id currency",
		besideQuery:       "id account_id currency",
		balanceUpdate:     "- - - - head= - id account_id - - - - -",
		serviceEnd:        "status= - - id account_id",
		heldQuery:         "- id person_id -",
		keyHeldQuery:      "id",
		noticesForProduct: "account_id account_id",
	} {
		if got := ent.Placeholders(query); got != want {
			t.Errorf("%q, want %q: %s", got, want, query)
		}
	}
}
