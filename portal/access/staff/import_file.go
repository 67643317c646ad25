package staff

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/money"
	"portico/portal/kernel/param"
)

const (
	// mostImported is how many rows a file can have below its header.
	mostImported = 200
	// longestFile is how many bytes a file can have.
	longestFile = 200_000
)

// The columns of a file, as its header names them.
const (
	columnAddress  = "address"
	columnRoles    = "roles"
	columnApps     = "applications"
	columnPerOrder = "perOrder"
	columnPerMonth = "perMonth"
	columnExpires  = "expiresAt"
	columnFactor   = "secondFactorWithin"
)

// column is a column of a file, and the headings by which it is known, in lower case.
type column struct {
	name     string
	headings []string
}

var columns = []column{
	{columnAddress, []string{"address", "地址", "手机号", "邮箱"}},
	{columnRoles, []string{"roles", "角色"}},
	{columnApps, []string{"applications", "应用"}},
	{columnPerOrder, []string{"perorder", "单笔限额"}},
	{columnPerMonth, []string{"permonth", "每月限额"}},
	{columnExpires, []string{"expiresat", "到期时间"}},
	{columnFactor, []string{"secondfactorwithin", "二次验证时限"}},
}

// fileRow is one row of a file: its cells by column, or why it can't be separated
// into them. Its number is its place in the file, of which the header is row 1.
type fileRow struct {
	number int
	cells  map[string]string
	fault  error
}

// readFile separates a CSV file (RFC 4180, UTF-8) into rows. Its header may name the
// columns in any order, but no others: a limit in a column that nobody knows must not be
// lost. The refusal is INVALID_INPUT, at csv.
func readFile(file string) ([]fileRow, error) {
	if len(file) > longestFile {
		return nil, clause.InvalidField("csv", fmt.Sprintf("最多 %d 字节。", longestFile), fmt.Sprintf("must have at most %d bytes.", longestFile))
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff")))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, clause.InvalidField("csv", "须为带表头的 CSV 文件。", "must be a CSV file with a header.")
	}
	names, err := headed(head)
	if err != nil {
		return nil, err
	}
	var rows []fileRow
	for number := 2; ; number++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if len(rows) == mostImported {
			return nil, clause.InvalidField("csv", fmt.Sprintf("表头下最多 %d 行。", mostImported), fmt.Sprintf("must have at most %d rows below its header.", mostImported))
		}
		rows = append(rows, rowOf(number, names, cells, err))
	}
	if len(rows) == 0 {
		return nil, clause.InvalidField("csv", "表头下须有至少一行。", "must have at least one row below its header.")
	}
	return rows, nil
}

// rowOf puts the cells of a row below their columns.
func rowOf(number int, names, cells []string, err error) fileRow {
	row := fileRow{number: number, cells: map[string]string{}}
	for i, name := range names {
		if i < len(cells) {
			row.cells[name] = cell(cells[i])
		}
	}
	switch {
	case err != nil:
		row.fault = clause.InvalidField("csv", "该行的引号不成对。", "the quotes of this row do not match.")
	case len(cells) != len(names):
		row.fault = clause.InvalidField("csv", fmt.Sprintf("该行须有 %d 个单元格。", len(names)), fmt.Sprintf("this row must have %d cells.", len(names)))
	}
	return row
}

// cell is the content of a cell, without the apostrophe by which a spreadsheet keeps a
// number as it is written, such as a phone number.
func cell(s string) string { return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "'")) }

// headed returns the columns that a header names, in its order. The refusal is
// INVALID_INPUT, at csv.
func headed(head []string) ([]string, error) {
	names := make([]string, len(head))
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		at := slices.IndexFunc(columns, func(c column) bool { return slices.Contains(c.headings, h) })
		if at < 0 || slices.Contains(names, columns[at].name) {
			return nil, clause.InvalidField("csv", "表头的每一列须为 "+known("、")+" 之一，且不得重复。", "each column of the header must be one of "+known(", ")+", and none twice.")
		}
		names[i] = columns[at].name
	}
	if !slices.Contains(names, columnAddress) || !slices.Contains(names, columnRoles) {
		return nil, clause.InvalidField("csv", "表头须有 address 与 roles 两列。", "the header must have the columns address and roles.")
	}
	return names, nil
}

func known(separator string) string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	return strings.Join(names, separator)
}

// list separates the items of a cell, by spaces, commas or semicolons.
func list(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,;，；、\n\r\t", r) })
}

// grants reads the grants that a row gives: each of its roles, with the bounds of the
// row. Refusals, below grants: INVALID_INPUT, NOT_FOUND.
func (f fileRow) grants(roles map[string]string, currency money.Currency) ([]GrantInput, error) {
	var check clause.Check
	bounds := GrantInput{ApplicationIDs: list(f.cells[columnApps])}
	switch {
	case f.cells[columnApps] == "":
		bounds.ApplicationIDs = nil
	case len(bounds.ApplicationIDs) == 0: // separators alone never widen a grant
		check.Add(clause.InvalidField(columnApps, "须给出应用 ID；整个账户请留空。", "must name applications; leave it empty for the whole account."))
	}
	var err error
	bounds.PerOrder, err = f.price(columnPerOrder, currency)
	check.Add(err)
	bounds.PerMonth, err = f.price(columnPerMonth, currency)
	check.Add(err)
	bounds.ExpiresAt, err = f.expiry()
	check.Add(err)
	if s := f.cells[columnFactor]; s != "" {
		minutes, err := strconv.Atoi(s)
		if err != nil {
			check.Add(clause.InvalidField(columnFactor, "须为整数分钟。", "must be a whole number of minutes."))
		}
		bounds.SecondFactorWithin = &minutes
	}
	codes := list(f.cells[columnRoles])
	if len(codes) == 0 {
		check.Add(clause.InvalidField(columnRoles, "须给出至少一个角色的代码。", "must name the code of at least one role."))
	}
	var given []GrantInput
	for _, code := range slices.Compact(slices.Sorted(slices.Values(codes))) {
		of := bounds
		if of.RoleID = roles[code]; of.RoleID == "" {
			check.Add(clause.NotFound.At(columnRoles))
		}
		given = append(given, of)
	}
	return given, check.Err()
}

// price is the amount of a cell, which may have commas between its thousands. The
// refusal is INVALID_INPUT.
func (f fileRow) price(column string, currency money.Currency) (*money.Input, error) {
	if f.cells[column] == "" {
		return nil, nil
	}
	amount, err := money.ParseDecimal(strings.ReplaceAll(f.cells[column], ",", ""))
	if err != nil {
		return nil, clause.InvalidField(column, "须为金额，例如 1000.00。", "must be an amount such as 1000.00.")
	}
	return &money.Input{Amount: amount, Currency: currency}, nil
}

// expiry is the time of a cell (RFC 3339), or the end of its day in the agreement's zone.
// The refusal is INVALID_INPUT.
func (f fileRow) expiry() (*time.Time, error) {
	s := f.cells[columnExpires]
	if s == "" {
		return nil, nil
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return &at, nil
	}
	day, err := calendar.ParseDate(s)
	if err != nil {
		return nil, clause.InvalidField(columnExpires, "须为 RFC 3339 时间或 YYYY-MM-DD 日期。", "must be a time in RFC 3339 or a date such as 2026-12-31.")
	}
	end := param.ProviderZone().End(day)
	return &end, nil
}

// columnOf returns the column that a refusal of a row is about; empty if it is about the
// row.
func columnOf(r clause.Refusal) string {
	for _, part := range slices.Backward(r.Field) {
		switch part {
		case "applicationIds":
			return columnApps
		case "roleId", "roleIds", "grants":
			return columnRoles
		}
		if slices.ContainsFunc(columns, func(c column) bool { return c.name == part }) {
			return part
		}
	}
	return ""
}
