package apikey

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	dbapikey "portico/ent/db/apikey"
)

// HeldBy returns the live keys of an employee, oldest first: what passes to a successor
// when the employee leaves (1.5), by wall time. A step of the units that change who works where.
func HeldBy(ctx context.Context, c *db.Client, wall time.Time, employeeID string) ([]*db.ApiKey, error) {
	return c.ApiKey.Query().Where(dbapikey.EmployeeID(employeeID), live(wall)).Order(db.Asc(dbapikey.FieldID)).All(ctx)
}

// HandOver passes the live keys of an employee who leaves to a successor, and ends all
// their secrets, since the leaver may know them: the successor rotates the keys (1.5).
// They don't count among those that the successor may create.
func HandOver(tx *ent.Tx, employeeID, successorID string) error {
	return tx.ApiKey.Update().Where(dbapikey.EmployeeID(employeeID), live(tx.Wall)).SetEmployeeID(successorID).SetHandedOverAt(tx.Wall).
		SetPrefix("").ClearSecretHash().ClearPreviousHash().ClearPreviousUntil().ClearOwnerSlot().Exec(tx)
}
