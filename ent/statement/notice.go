package statement

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/shape"
)

// unordered is the longest time by which the order of notices' publication may
// differ from the order of their sequence. It is longer than a transaction
// lasts, and than the clocks of replicas differ.
const unordered = time.Hour

// NoticeReader is an account whose notices are read.
type NoticeReader struct {
	AccountID string
	// Since leaves out notices that were published earlier; zero means all.
	Since time.Time
}

// NoticeQuery selects notices of accounts.
type NoticeQuery struct {
	Readers []NoticeReader
	// PersonID is the person whose receipts are used.
	PersonID string
	// UnreadOnly leaves out notices that the person has read for the account.
	UnreadOnly bool
	// Above and Below are exclusive bounds of the sequence; zero means no
	// bound.
	Above, Below int64
	// IDs, if given, are the only notices to return.
	IDs []string
	// Oldest puts the smallest sequence first, instead of the greatest.
	Oldest bool
	// Limit is the maximum number of notices for each account; zero means all.
	Limit int
}

// AccountNotice is a notice that is addressed to an account.
type AccountNotice struct {
	AccountID, NoticeID string
	Sequence            int64
	// ReadAt is the time at which the person read it for the account.
	ReadAt *time.Time
}

// A notice is addressed to an account if it is published in the portal and is
// for all accounts, names the account, or names a product of which a service of
// the account ran when it was published (9.7). Each branch reads its own index
// from the end, so that notices for others cost nothing.
var (
	noticesForAll     = "SELECT n.id AS id, n.sequence AS sequence FROM notices n WHERE n.audience = 'ALL' AND n.in_site = TRUE"
	noticesForAccount = "SELECT n.id AS id, t.sequence AS sequence FROM notice_targets t JOIN notices n ON n.id = t.notice_id " +
		"WHERE t.target_id = ? AND n.in_site = TRUE"
	noticesForProduct = "SELECT n.id AS id, t.sequence AS sequence FROM notice_targets t JOIN notices n ON n.id = t.notice_id " +
		"WHERE t.target_id IN (SELECT u.product_id FROM services u WHERE u.account_id = ?) AND n.in_site = TRUE AND EXISTS (" +
		"SELECT 1 FROM services s WHERE s.account_id = ? AND s.product_id = t.target_id AND s.opened_at <= n.published_at AND " +
		ranAt("n.published_at") + ")"
)

// NoticesFor returns the notices of accounts in one statement. The notices of
// one account are in the order of their sequence. The principal must reach
// every account.
func NoticesFor(ctx context.Context, c *db.Client, q NoticeQuery) ([]AccountNotice, error) {
	readers, err := q.filledUp(ctx)
	if err != nil || len(readers) == 0 {
		return nil, err
	}
	var b strings.Builder
	var args []any
	for i, r := range readers {
		if i > 0 {
			b.WriteString(" UNION ALL ")
		}
		k := strconv.Itoa(i)
		b.WriteString("SELECT * FROM (SELECT " + k + " AS k, x.id AS id, x.sequence AS sequence, r.read_at AS read_at FROM (")
		args = q.union(&b, args, r)
		b.WriteString(") AS x LEFT JOIN notice_receipts r ON r.account_id = ? AND r.person_id = ? AND r.notice_id = x.id) AS a" + k)
		args = append(args, r.AccountID, q.PersonID)
	}
	rows, err := c.QueryContext(ctx, b.String()+" ORDER BY k, sequence"+q.direction(), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []AccountNotice
	for rows.Next() {
		var k int
		var n AccountNotice
		var read sql.NullTime
		if err := rows.Scan(&k, &n.NoticeID, &n.Sequence, &read); err != nil {
			return nil, err
		}
		n.AccountID = q.Readers[k].AccountID
		if read.Valid {
			at := read.Time.UTC()
			n.ReadAt = &at
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

// CountNotices returns the number of notices of each account, in one statement,
// up to the query's limit and starting with the oldest. Above a mark these are
// the unread ones. The principal must reach every account.
func CountNotices(ctx context.Context, c *db.Client, q NoticeQuery) (map[string]int, error) {
	counts := map[string]int{}
	q.Oldest = true
	readers, err := q.filledUp(ctx)
	if err != nil || len(readers) == 0 {
		return counts, err
	}
	var b strings.Builder
	var args []any
	for i, r := range readers {
		if i > 0 {
			b.WriteString(" UNION ALL ")
		}
		b.WriteString("SELECT " + strconv.Itoa(i) + " AS k, COUNT(*) AS n FROM (")
		args = q.union(&b, args, r)
		b.WriteString(") AS x")
	}
	rows, err := c.QueryContext(ctx, b.String(), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k, n int
		if err := rows.Scan(&k, &n); err != nil {
			return nil, err
		}
		if k < len(q.Readers) {
			counts[q.Readers[k].AccountID] = n
		}
	}
	return counts, rows.Err()
}

// filledUp returns the readers. If there is a limit, it adds empty readers up
// to the number of the statement's shape.
func (q NoticeQuery) filledUp(ctx context.Context) ([]NoticeReader, error) {
	for _, r := range q.Readers {
		if !authz.From(ctx).Reaches(r.AccountID) {
			return nil, clause.NotFound
		}
	}
	if q.Limit == 0 || len(q.Readers) == 0 {
		return q.Readers, nil
	}
	none := make([]NoticeReader, shape.RoundedUp(len(q.Readers))-len(q.Readers))
	for i := range none {
		none[i].Since = q.Readers[0].Since // so that the text is the same
	}
	return slices.Concat(q.Readers, none), nil
}

// limit returns the maximum number of a reader's notices.
func (q NoticeQuery) limit(r NoticeReader) int {
	if r.AccountID == "" {
		return 0
	}
	return q.Limit
}

func (q NoticeQuery) direction() string {
	if q.Oldest {
		return " ASC"
	}
	return " DESC"
}

// union writes the query for the notices of one account: those of all three
// branches, each once.
func (q NoticeQuery) union(b *strings.Builder, args []any, r NoticeReader) []any {
	for i, branch := range []struct {
		text, sequence string
		args           []any
	}{
		{noticesForAll, "n.sequence", nil},
		{noticesForAccount, "t.sequence", []any{r.AccountID}},
		{noticesForProduct, "t.sequence", []any{r.AccountID, r.AccountID}},
	} {
		if i > 0 {
			b.WriteString(" UNION ")
		}
		b.WriteString("SELECT * FROM (" + branch.text)
		args = append(args, branch.args...)
		args = q.conditions(b, args, r, branch.sequence)
		b.WriteString(") AS b" + strconv.Itoa(i))
	}
	if q.Limit > 0 {
		b.WriteString(" ORDER BY sequence" + q.direction() + " LIMIT ?")
		args = append(args, q.limit(r))
	}
	return args
}

func (q NoticeQuery) conditions(b *strings.Builder, args []any, r NoticeReader, sequence string) []any {
	if q.Above > 0 {
		b.WriteString(" AND " + sequence + " > ?")
		args = append(args, q.Above)
	}
	if q.Below > 0 {
		b.WriteString(" AND " + sequence + " < ?")
		args = append(args, q.Below)
	}
	if !r.Since.IsZero() {
		b.WriteString(" AND n.published_at >= ? AND " + sequence + " > COALESCE((SELECT o.sequence FROM notices o WHERE o.published_at < ? " +
			"ORDER BY o.published_at DESC, o.sequence DESC LIMIT 1), 0)")
		args = append(args, r.Since, r.Since.Add(-unordered))
	}
	if len(q.IDs) > 0 {
		b.WriteString(" AND n.id IN (?" + strings.Repeat(", ?", len(q.IDs)-1) + ")")
		for _, id := range q.IDs {
			args = append(args, id)
		}
	}
	if q.UnreadOnly {
		b.WriteString(" AND " + sequence + " > COALESCE((SELECT m.through FROM notice_marks m WHERE m.account_id = ? AND m.person_id = ?), 0)")
		args = append(args, r.AccountID, q.PersonID)
		b.WriteString(" AND NOT EXISTS (SELECT 1 FROM notice_receipts q WHERE q.account_id = ? AND q.person_id = ? AND q.notice_id = n.id)")
		args = append(args, r.AccountID, q.PersonID)
	}
	if q.Limit > 0 {
		b.WriteString(" ORDER BY " + sequence + q.direction() + " LIMIT ?")
		args = append(args, q.limit(r))
	}
	return args
}

// Addressed returns the condition that a notice is addressed to an account, by
// whichever of the ways. Every account meets it if the notice is for all.
func Addressed(noticeID string, all bool, publishedAt time.Time) predicate.Account {
	if all {
		return func(*entsql.Selector) {}
	}
	return func(s *entsql.Selector) {
		s.Where(entsql.ExprP(s.C("id")+" IN (SELECT t.target_id FROM notice_targets t WHERE t.notice_id = ? "+
			"UNION SELECT s.account_id FROM notice_targets t JOIN services s ON s.product_id = t.target_id "+
			"WHERE t.notice_id = ? AND s.opened_at <= ? AND "+ranAt("?")+")", noticeID, noticeID, publishedAt, publishedAt, publishedAt))
	}
}

// ranAt returns the condition that a service, s, had not ended at an instant.
func ranAt(instant string) string {
	return "(s.status IN ('RUNNING', 'EXPIRED') AND (s.expires_at IS NULL OR s.expires_at > " + instant + ") " +
		"OR s.status NOT IN ('RUNNING', 'EXPIRED') AND s.closed_at > " + instant + ")"
}
