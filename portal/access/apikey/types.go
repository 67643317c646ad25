package apikey

import (
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
)

// Status is what can be done with an API key.
type Status string

// The statuses.
const (
	Active        Status = "ACTIVE"
	Suspended     Status = "SUSPENDED"
	NeedsRotation Status = "NEEDS_ROTATION"
	Expired       Status = "EXPIRED"
	Revoked       Status = "REVOKED"
)

// CreateApiKeyInput is the input of createApiKey.
type CreateApiKeyInput struct {
	// The account on which it works.
	AccountID string `json:"accountId"`
	// A name for the key.
	Name string `json:"name"`
	// What it may do.
	Permissions []authz.Permission `json:"permissions"`
	// The applications for which it may do so; none for all that its owner may.
	ApplicationIDs []string `json:"applicationIds"`
	// The networks that it works from; none for any.
	Networks []string `json:"networks"`
	// When it ends.
	ExpiresAt *time.Time `json:"expiresAt"`
}

// CreateApiKeyPayload is the answer of createApiKey.
type CreateApiKeyPayload struct {
	clause.Answer
	// The key.
	APIKey *db.ApiKey `json:"apiKey"`
	// Its secret, which is shown only here.
	Secret *string `json:"secret"`
}

// RotateApiKeyInput is the input of rotateApiKey.
type RotateApiKeyInput struct {
	// The key; its owner alone rotates it.
	APIKeyID string `json:"apiKeyId"`
	// Until when the present secret stays valid.
	PreviousUntil *time.Time `json:"previousUntil"`
	// When the key ends.
	ExpiresAt *time.Time `json:"expiresAt"`
}

// RotateApiKeyPayload is the answer of rotateApiKey.
type RotateApiKeyPayload struct {
	clause.Answer
	// The key.
	APIKey *db.ApiKey `json:"apiKey"`
	// Its new secret, which is shown only here.
	Secret *string `json:"secret"`
	// Until when the secret before is valid; nil if it isn't.
	PreviousUntil *time.Time `json:"previousUntil"`
}

// RevokeApiKeyInput is the input of revokeApiKey.
type RevokeApiKeyInput struct {
	// The key.
	APIKeyID string `json:"apiKeyId"`
}

// RevokeApiKeyPayload is the answer of revokeApiKey.
type RevokeApiKeyPayload struct {
	clause.Answer
	// The key.
	APIKey *db.ApiKey `json:"apiKey"`
}
