// Package number checks the registration numbers of mainland China by their
// check digits: the unified social credit code of organisations (GB 32100) and
// the resident identity number of persons (GB 11643). It reports whether a
// number can exist, not whether it does (clause 1.3). Pure functions.
package number

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"portico/calendar"
	"portico/text"
)

// The errors of a number; compare them with errors.Is. None of them repeats the
// number, which may be personal data.
var (
	// ErrLength: the number doesn't have eighteen characters.
	ErrLength = errors.New("number: a number has 18 characters")
	// ErrCharacter: the standard doesn't allow a character, or not at its
	// position.
	ErrCharacter = errors.New("number: a character is not allowed")
	// ErrCheckDigit: the check digit doesn't match, so something is mistyped.
	ErrCheckDigit = errors.New("number: the check digit doesn't match")
	// ErrBirthDate: not a day of the calendar, in the future, or too long ago.
	ErrBirthDate = errors.New("number: the date of birth is not valid")
	// ErrRegion: neither a division of the mainland, nor one of those for permits
	// of residents of Hong Kong, Macao and Taiwan.
	ErrRegion = errors.New("number: the region does not exist")
)

// length is the number of characters of both kinds of number.
const length = 18

// oldest is the age in years above which a date of birth is a mistake.
const oldest = 150

// Normalise returns a number as the standards write it: full-width characters
// folded to ASCII, in capitals, without spaces, hyphens and invisible
// characters. A number is compared and stored in this form. Characters that it
// can't fold are left for the check to refuse.
func Normalise(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212':
			return -1
		}
		return r
	}, text.Plain(s)))
}

// sized refuses anything but eighteen characters of one byte.
func sized(s string) error {
	switch {
	case utf8.RuneCountInString(s) != length:
		return ErrLength
	case len(s) != length:
		return ErrCharacter
	}
	return nil
}

// creditAlphabet are the characters of a unified social credit code in the
// order of their values: I, O, S, V and Z are left out.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// CreditCode normalises and checks a unified social credit code: eighteen
// characters of the standard's alphabet, the region in digits, and the check
// character over all before it, modulo 31. Which departments register and
// what they register is left open: amendments to the standard add to them.
// Errors: ErrLength, ErrCharacter, ErrCheckDigit; with the last one the code is
// returned too, since nothing else is wrong with it.
func CreditCode(s string) (string, error) {
	code := Normalise(s)
	if err := sized(code); err != nil {
		return "", err
	}
	const regionFrom, regionTo = 2, 8
	sum, weight := 0, 1
	for i := range length - 1 {
		v := strings.IndexByte(creditAlphabet, code[i])
		if v < 0 || i >= regionFrom && i < regionTo && v > 9 {
			return "", ErrCharacter
		}
		sum += v * weight
		weight = weight * 3 % len(creditAlphabet)
	}
	check := strings.IndexByte(creditAlphabet, code[length-1])
	switch {
	case check < 0:
		return "", ErrCharacter
	case (sum+check)%len(creditAlphabet) != 0:
		return code, ErrCheckDigit
	}
	return code, nil
}

// KnownWrong reports whether a unified social credit code is from a series that
// was issued with wrong check digits: Xiamen (region 3502) issued its own
// codes, whose organisation part begins with M000, before the standard came
// into force in 2016. Licences and registers show them, for example
// 91350203M0001FUE2P and 91350203M0001QKT19. The code must have the standard's
// form.
func KnownWrong(code string) bool {
	const region, series = "3502", "M000"
	return len(code) == length && code[2:6] == region && code[8:12] == series
}

// regions are the divisions at the level of a province, by GB/T 2260, and 81
// to 83 of the residence permits.
const regions = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"

// ResidentID normalises and checks a resident identity number: seventeen
// digits and the check character by ISO 7064 MOD 11-2, a region that exists,
// and a date of birth not after today. Errors: ErrLength, ErrCharacter,
// ErrCheckDigit (with the number, if nothing else is wrong with it), ErrRegion,
// ErrBirthDate. The number of fifteen digits was
// withdrawn in 2013 and isn't one.
func ResidentID(s string, today calendar.Date) (string, error) {
	id := Normalise(s)
	if err := sized(id); err != nil {
		return "", err
	}
	rest := 0
	for i := range length - 1 {
		if id[i] < '0' || id[i] > '9' {
			return "", ErrCharacter
		}
		rest = (rest + int(id[i]-'0')) * 2 % 11
	}
	switch last := id[length-1]; {
	case (last < '0' || last > '9') && last != 'X':
		return "", ErrCharacter
	case last != "0123456789X"[(12-rest)%11]:
		if !strings.Contains(regions, id[:2]) || !born(id[6:14], today) {
			return "", ErrCheckDigit
		}
		return id, ErrCheckDigit
	case !strings.Contains(regions, id[:2]):
		return "", ErrRegion
	}
	if !born(id[6:14], today) {
		return "", ErrBirthDate
	}
	return id, nil
}

// born reports whether a person alive today can be born on a day written as
// 20060102.
func born(day string, today calendar.Date) bool {
	t, err := time.Parse("20060102", day)
	if err != nil {
		return false
	}
	d := calendar.DateOf(t.Date())
	return d.Compare(today) <= 0 && today.Year-d.Year <= oldest
}
