package service

import (
	"time"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/service"
	"portico/portal/kernel/command"
	"portico/portal/kernel/standing"
)

// The statuses that are not stored, but follow from standing.
const (
	// Suspended: standing stops the service (3.8, 5.3).
	Suspended service.Status = "SUSPENDED"
	// ApplicationSuspended: standing stops the application.
	ApplicationSuspended application.Status = "SUSPENDED"
)

// Runs reports whether a service has neither ended nor passed its paid term at
// an instant (3.7), which must not be before its opening. Standing may stop it
// all the same.
func Runs(row *db.Service, now time.Time) bool {
	return row.Status == service.StatusRUNNING && (row.ExpiresAt == nil || now.Before(*row.ExpiresAt))
}

// StatusOf returns the displayed status of a service: its stored status, or
// SUSPENDED if a restriction of the account stops it now.
func StatusOf(row *db.Service, due []*db.Restriction) service.Status {
	if row.Status == service.StatusRUNNING {
		if _, stopped := standing.Denial(due, authz.ServiceRun, command.ObjectOf(row)); stopped {
			return Suspended
		}
	}
	return row.Status
}

// ApplicationStatusOf returns the displayed status of an application.
func ApplicationStatusOf(row *db.Application, due []*db.Restriction) application.Status {
	if row.Status == application.StatusACTIVE {
		if _, stopped := standing.Denial(due, authz.ServiceRun, command.ObjectOf(row)); stopped {
			return ApplicationSuspended
		}
	}
	return row.Status
}
