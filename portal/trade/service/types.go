package service

import (
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/money"
)

// CreateApplicationInput is the input of createApplication.
type CreateApplicationInput struct {
	// Account that owns the application.
	AccountID string `json:"accountId"`
	// Name, at most 200 characters.
	Name string `json:"name"`
	// Kind of application.
	Kind ApplicationKind `json:"kind"`
	// Region of the data centre.
	Region application.Region `json:"region"`
}

// CreateApplicationPayload is the payload of createApplication.
type CreateApplicationPayload struct {
	clause.Answer
	// The application.
	Application *db.Application `json:"application"`
}

// DeleteApplicationInput is the input of deleteApplication.
type DeleteApplicationInput struct {
	// Application to delete.
	ApplicationID string `json:"applicationId"`
	// ConfirmsEnding are the ids of the services with paid time that is lost.
	ConfirmsEnding []string `json:"confirmsEnding"`
}

// ApplicationDeletionPreview states what deleting an application would end.
type ApplicationDeletionPreview struct {
	// Services are the services that would end, in the order in which they were
	// opened.
	Services []*Ending
	// Lost is the amount that was paid for time that would not be used; nil if
	// the reader may not see it.
	Lost *money.Amount
	// Refusals are the reasons why the deletion would be refused; empty if
	// there are none.
	Refusals []clause.Refusal
}

// DeleteApplicationPayload is the payload of deleteApplication.
type DeleteApplicationPayload struct {
	clause.Answer
	// The application.
	Application *db.Application `json:"application"`
}

// CloseServiceInput is the input of closeService.
type CloseServiceInput struct {
	// Service to close.
	ServiceID string `json:"serviceId"`
}

// CloseServicePayload is the payload of closeService.
type CloseServicePayload struct {
	clause.Answer
	// The service.
	Service *db.Service `json:"service"`
}

// ApplicationKind is the kind of an application, on which the required filings
// depend (4.9).
type ApplicationKind string
