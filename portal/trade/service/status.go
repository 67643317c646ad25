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

// The statuses that are not stored: standing gives them.
const (
	// Suspended: standing stops the service (3.8, 5.3).
	Suspended service.Status = "SUSPENDED"
	// ApplicationSuspended: standing stops the application.
	ApplicationSuspended application.Status = "SUSPENDED"
)

// Runs tells whether a service is alive at an instant that isn't before its
// opening: neither ended nor past its paid term (3.7). Standing may stop it
// all the same.
func Runs(row *db.Service, now time.Time) bool {
	return row.Status == service.StatusRUNNING && (row.ExpiresAt == nil || now.Before(*row.ExpiresAt))
}

// StatusOf is a service's status as it is shown: its life, or SUSPENDED by
// what restricts the account now.
func StatusOf(row *db.Service, due []*db.Restriction) service.Status {
	if row.Status == service.StatusRUNNING {
		if _, stopped := standing.Denial(due, authz.ServiceRun, command.ObjectOf(row)); stopped {
			return Suspended
		}
	}
	return row.Status
}

// ApplicationStatusOf is an application's status as it is shown.
func ApplicationStatusOf(row *db.Application, due []*db.Restriction) application.Status {
	if row.Status == application.StatusACTIVE {
		if _, stopped := standing.Denial(due, authz.ServiceRun, command.ObjectOf(row)); stopped {
			return ApplicationSuspended
		}
	}
	return row.Status
}
