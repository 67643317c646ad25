package personal

import (
	"portico/clause"
	"portico/ent/db"
)

// ExportMyDataInput is the input of exportMyData.
type ExportMyDataInput struct {
	// The present password; required of a person without a second factor.
	CurrentPassword *string `json:"currentPassword"`
}

// ExportMyDataPayload is the answer of exportMyData.
type ExportMyDataPayload struct {
	clause.Answer
	// The export, which can be downloaded for 24 hours.
	Export *db.PersonalExport `json:"export"`
}
