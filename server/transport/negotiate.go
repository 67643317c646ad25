package transport

import (
	"mime"
	"strconv"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	tags "golang.org/x/text/language"

	"portico/clause"
)

// The media types of an answer.
const (
	typeGraphQL = "application/graphql-response+json"
	typeJSON    = "application/json"
)

// accepted is one range of an Accept header.
type accepted struct {
	media string
	q     float64
}

type accept []accepted

// readAccept parses the header's lines. A range that is malformed or has another charset
// than UTF-8 matches nothing.
func readAccept(lines []string) accept {
	var ranges accept
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			if strings.TrimSpace(item) == "" {
				continue
			}
			if item == typeJSON || item == typeGraphQL {
				ranges = append(ranges, accepted{item, 1})
				continue
			}
			media, params, err := mime.ParseMediaType(item)
			if err != nil || !utf8Only(params) {
				ranges = append(ranges, accepted{"", 0})
				continue
			}
			q := 1.0
			if s, ok := params["q"]; ok {
				if q, err = strconv.ParseFloat(s, 64); err != nil || q < 0 || q > 1 {
					q = 0
				}
			}
			ranges = append(ranges, accepted{media, q})
		}
	}
	return ranges
}

func utf8Only(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}

// weigh returns the q of a type by the most specific range that matches it, the place of
// that range in the header, and whether it names the type itself.
func (a accept) weigh(media string) (q float64, place int, named bool) {
	best := 0
	for i, r := range a {
		specific := 0
		switch r.media {
		case media:
			specific = 3
		case "application/*":
			specific = 2
		case "*/*":
			specific = 1
		}
		if specific > best {
			best, q, place = specific, r.q, i
		}
	}
	return q, place, best == 3
}

// choose returns the type of the answer; false if none is acceptable. The larger q wins,
// then a type that is named, then the one named first. Without a header, or with only a
// wildcard, it is application/json.
func (a accept) choose() (string, bool) {
	if len(a) == 0 {
		return typeJSON, true
	}
	qg, pg, ng := a.weigh(typeGraphQL)
	qj, pj, nj := a.weigh(typeJSON)
	switch {
	case qg == 0 && qj == 0:
		return "", false
	case qg != qj:
		if qg > qj {
			return typeGraphQL, true
		}
		return typeJSON, true
	case ng && (!nj || pg < pj):
		return typeGraphQL, true
	}
	return typeJSON, true
}

// streamOnly reports whether a stream is accepted and JSON isn't named. Clients that
// support both name both, and get JSON.
func (a accept) streamOnly() bool {
	stream := false
	for _, r := range a {
		if r.q == 0 {
			continue
		}
		switch r.media {
		case typeGraphQL, typeJSON:
			return false
		case "text/event-stream", "multipart/mixed":
			stream = true
		}
	}
	return stream
}

var matcher = tags.NewMatcher([]tags.Tag{tags.English, tags.SimplifiedChinese})

// Browsers send few different headers, so the parsed ones are cached. Longer ones are
// parsed each time (Accept) or ignored (Accept-Language).
const (
	keptHeaders   = 256
	longestHeader = 256
)

var (
	languages = must(lru.New[string, clause.Lang](keptHeaders))
	accepts   = must(lru.New[string, accept](keptHeaders))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// accepting is [readAccept] with a cache.
func accepting(lines []string) accept {
	if len(lines) != 1 || len(lines[0]) > longestHeader {
		return readAccept(lines)
	}
	if known, ok := accepts.Get(lines[0]); ok {
		return known
	}
	ranges := readAccept(lines)
	accepts.Add(strings.Clone(lines[0]), ranges)
	return ranges
}

// Language returns the reader's language by an Accept-Language header: Chinese if it is
// preferred to English, else English.
func Language(header string) clause.Lang { return language(header) }

func language(header string) clause.Lang {
	if header == "" || len(header) > longestHeader {
		return clause.EN
	}
	if known, ok := languages.Get(header); ok {
		return known
	}
	l := readLanguage(header)
	languages.Add(strings.Clone(header), l)
	return l
}

func readLanguage(header string) clause.Lang {
	wanted, _, err := tags.ParseAcceptLanguage(header)
	if err != nil {
		return clause.EN
	}
	for _, tag := range wanted {
		if _, i, confidence := matcher.Match(tag); confidence > tags.No {
			if i == 1 {
				return clause.ZH
			}
			return clause.EN
		}
	}
	return clause.EN
}
