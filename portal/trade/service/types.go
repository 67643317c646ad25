package service

import (
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/money"
)

// CreateApplicationInput: for createApplication.
type CreateApplicationInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// What it is called, at most 200 characters.
	Name string `json:"name"`
	// What it is.
	Kind ApplicationKind `json:"kind"`
	// Data centre.
	Region application.Region `json:"region"`
}

// CreateApplicationPayload is the answer of createApplication.
type CreateApplicationPayload struct {
	clause.Answer
	// The application.
	Application *db.Application `json:"application"`
}

// DeleteApplicationInput: for deleteApplication.
type DeleteApplicationInput struct {
	// Which.
	ApplicationID string `json:"applicationId"`
	// ConfirmsEnding are the services of which paid time is lost.
	ConfirmsEnding []string `json:"confirmsEnding"`
}

// ApplicationDeletionPreview is what deleting an application would end.
type ApplicationDeletionPreview struct {
	// Services would end, in the order in which they were opened.
	Services []*Ending
	// Lost is what was paid for the time that would not be used; nil where that is
	// kept from the reader.
	Lost *money.Amount
	// Refusals are empty if it would go through.
	Refusals []clause.Refusal
}

// DeleteApplicationPayload is the answer of deleteApplication.
type DeleteApplicationPayload struct {
	clause.Answer
	// The application.
	Application *db.Application `json:"application"`
}

// CloseServiceInput: for closeService.
type CloseServiceInput struct {
	// Which.
	ServiceID string `json:"serviceId"`
}

// CloseServicePayload is the answer of closeService.
type CloseServicePayload struct {
	clause.Answer
	// The service.
	Service *db.Service `json:"service"`
}

// ApplicationKind is what an application is; it decides the filings needed (4.9).
type ApplicationKind string
