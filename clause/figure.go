package clause

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Unit is the unit of a figure. It defines how the figure's text is read.
type Unit string

// The units of figures. Days and months are counted in the agreement's zone.
const (
	Count       Unit = "count"        // a whole number, not negative
	Duration    Unit = "duration"     // an elapsed time, as time.ParseDuration reads it
	Days        Unit = "days"         // a whole number of calendar days
	WorkingDays Unit = "working-days" // a whole number of working days of the mainland
	Months      Unit = "months"       // a whole number of months, clamped to the month's last day
	DayOfMonth  Unit = "day-of-month" // 1 to 31, clamped to the month's last day
	DayList     Unit = "day-list"     // whole days, in descending order, separated by commas
	Flag        Unit = "flag"         // true or false
	Zone        Unit = "zone"         // a name of the IANA time zone database
)

// Figure is one figure of the agreement. Default is its value in the standard
// agreement; a signed agreement (13.3) may set another value for one account,
// see [Figure.Override]. Int, Ints, Duration, Bool and Location return the
// value in force. Each panics on a figure of another unit, which is an error in
// the program, never in the data.
type Figure struct {
	Name    string
	Clause  Ref
	Unit    Unit
	Default string
	Text    Text

	override string
}

// FigureInvalid refuses a value that doesn't have the unit of its figure.
var FigureInvalid = Declare(Refusal{Code: "FIGURE_INVALID", Clause: "13.3",
	Text:   Text{"协议参数 {figure} 的值“{value}”无效：应为 {unit}。", "The value '{value}' of the figure {figure} is not valid. Its unit is {unit}."},
	Remedy: &Remedy{Text: Text{"按该参数的单位填写。", "Give the value in the unit of the figure."}}})

var figureByName = func() map[string]Figure {
	m := make(map[string]Figure, len(Figures))
	for _, f := range Figures {
		m[f.Name] = f
	}
	return m
}()

// FigureOf returns the figure with the given name, as the standard agreement
// sets it.
func FigureOf(name string) (Figure, bool) {
	f, ok := figureByName[name]
	return f, ok
}

// Standard is like [FigureOf], for a name that is one of the constants of this
// package. It panics on any other name.
func Standard(name string) Figure {
	f, ok := figureByName[name]
	if !ok {
		panic("clause: no figure is named " + name)
	}
	return f
}

// Override returns the figure with another value in force, as set by a signed
// agreement (13.3). It returns FIGURE_INVALID if the text doesn't have the unit
// of the figure.
func (f Figure) Override(text string) (Figure, error) {
	if err := f.Unit.check(text); err != nil {
		return Figure{}, FigureInvalid.By(f.Clause).With("figure", f.Name).With("value", text).
			With("unit", string(f.Unit)).Because(err)
	}
	f.override = text
	return f, nil
}

// Overridden reports whether a signed agreement set the value in force (13.3).
func (f Figure) Overridden() bool { return f.override != "" }

// Int returns a count, a number of days, working days or months, or a day of
// the month.
func (f Figure) Int() int {
	f.mustBe(Count, Days, WorkingDays, Months, DayOfMonth)
	return must(strconv.Atoi(f.Value()))
}

// Ints returns a list of days.
func (f Figure) Ints() []int {
	f.mustBe(DayList)
	return must(ints(f.Value()))
}

// Duration returns an elapsed time. Days aren't elapsed time: they are counted
// in a zone.
func (f Figure) Duration() time.Duration {
	f.mustBe(Duration)
	return must(time.ParseDuration(f.Value()))
}

// Elapsed returns days as elapsed time, 24 hours each. Use it for retention
// periods, never for a deadline of the agreement, whose days are counted in a
// zone.
func (f Figure) Elapsed() time.Duration {
	f.mustBe(Days)
	return time.Duration(f.Int()) * 24 * time.Hour
}

// Bool returns a flag.
func (f Figure) Bool() bool {
	f.mustBe(Flag)
	return must(strconv.ParseBool(f.Value()))
}

// Location returns a zone.
func (f Figure) Location() *time.Location {
	f.mustBe(Zone)
	return must(time.LoadLocation(f.Value()))
}

func (f Figure) mustBe(units ...Unit) {
	for _, u := range units {
		if f.Unit == u {
			return
		}
	}
	panic(fmt.Sprintf("clause: figure %s is a %s", f.Name, f.Unit))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("clause: a figure holds " + err.Error())
	}
	return v
}

func (u Unit) check(text string) (err error) {
	switch u {
	case Count, Days, WorkingDays, Months:
		_, err = whole(text, 0)
	case DayOfMonth:
		var n int
		if n, err = whole(text, 1); err == nil && n > 31 {
			err = fmt.Errorf("no month has a day %d", n)
		}
	case DayList:
		_, err = ints(text)
	case Duration:
		var d time.Duration
		if d, err = time.ParseDuration(text); err == nil && d < 0 {
			err = fmt.Errorf("%s is negative", d)
		}
	case Flag:
		if text != "true" && text != "false" {
			err = fmt.Errorf("%q is neither true nor false", text)
		}
	case Zone:
		if text == "" || text == "Local" {
			return fmt.Errorf("%q names no zone", text)
		}
		_, err = time.LoadLocation(text)
	default:
		err = fmt.Errorf("unknown unit %q", u)
	}
	return err
}

// whole parses a plain decimal number: no sign, no space, no leading zero.
func whole(text string, least int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, err
	}
	if n < least || strconv.Itoa(n) != text {
		return 0, fmt.Errorf("%q is not a whole number from %d", text, least)
	}
	return n, nil
}

func ints(text string) ([]int, error) {
	var list []int
	for part := range strings.SplitSeq(text, ",") {
		n, err := whole(part, 0)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 && n >= list[len(list)-1] {
			return nil, fmt.Errorf("%d does not fall", n)
		}
		list = append(list, n)
	}
	return list, nil
}
