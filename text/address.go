package text

import (
	"regexp"
	"strings"
)

// domains lists the top-level domains for which phones and mail programs turn a
// name into a link. It leaves out those with which company names end (ltd, co,
// inc).
const domains = `com|net|org|edu|gov|int|info|biz|name|pro|mobi|app|dev|xyz|top|vip|shop|site|online|store|tech|club|link|live|life|fun|win|work|` +
	`icu|cyou|wang|ren|art|ly|zone|page|ink|run|bank|loan|bid|cam|cfd|sbs|lol|mom|rest|quest|date|download|review|stream|trade|support|finance|buzz|tel|` +
	`cloud|space|website|click|email|group|world|today|news|cn|hk|tw|mo|io|ai|cc|tv|me|ru|in|uk|us|jp|kr|sg|my|th|vn|id|ph|eu|de|fr|` +
	`xn--[a-z0-9-]+|中国|中國|公司|网络|网址|在线|商城|商店|网店|集团|我爱你|移动|手机|网站`

var addresses = []*regexp.Regexp{
	regexp.MustCompile(`https?\b|hxxps?\b|[a-z][a-z0-9+.-]*://`), // http, ftp://
	regexp.MustCompile(`(^|[^a-z0-9])www\d?\.`),
	regexp.MustCompile(`\S@\S`), // an e-mail address
	regexp.MustCompile(`[\p{L}\p{N}]\.(` + domains + `)([^a-z0-9.]|\.?$|\.[^a-z0-9])`),
	regexp.MustCompile(`\.(com|net|org|cn)([^a-z0-9]|$)`),
	regexp.MustCompile(`[\p{L}\p{N}]\.[a-z]{2,24}(:\d{1,5})?/\S`), // a short link, of whatever domain
	regexp.MustCompile(`(^|\D)\d{1,3}(\.\d{1,3}){3}(\D|$)`),       // an IP address
	regexp.MustCompile(`[【】〖〗]`),                                  // how a short message is signed
	regexp.MustCompile(`\p{Nd}([ ().+/_-]*\p{Nd}){8}`),            // a phone number
	regexp.MustCompile(`\+[ (]*\p{Nd}([ ().-]*\p{Nd}){6}`),
	regexp.MustCompile(`[〇零一二三四五六七八九幺]{9}`),
}

// spelt lists ways to write a dot or an at sign that a person understands and a
// machine doesn't: evil[.]com, evil dot com, a(at)b.
var spelt = []struct {
	way  *regexp.Regexp
	mark string
}{
	{regexp.MustCompile(`\s*[\[({<]\s*(?:\.|dot|点)\s*[\])}>]\s*`), "."},
	{regexp.MustCompile(`(?:\s+dot\s+|\s*点\s*)(com|net|org|cn)\b`), ".$1"},
	{regexp.MustCompile(`\s*[\[({<]\s*(?:@|at)\s*[\])}>]\s*`), "@"},
}

// AddressLike reports whether a text contains something to open, mail or call,
// or looks like the signature of a short message: a URL, a domain, an e-mail or
// IP address, a phone number, 【…】. A recipient could believe that such text
// comes from the sender of the message.
func AddressLike(s string) bool {
	s = strings.NewReplacer("。", ".", "｡", ".").Replace(strings.ToLower(Plain(s)))
	for _, w := range spelt {
		s = w.way.ReplaceAllString(s, w.mark)
	}
	for _, a := range addresses {
		if a.MatchString(s) {
			return true
		}
	}
	return false
}
