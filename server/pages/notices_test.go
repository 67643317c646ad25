package pages_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portico/portaltest"
	"portico/server/servertest"
)

func fetch(t *testing.T, url, language string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", language)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

var linkTo = regexp.MustCompile(`href="(/notices\?[^"]+)"`)

func TestThePublicPageShowsWhatIsPublicAndEscapesIt(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		operator := w.Operator("support")
		s := httptest.NewServer(w.Handler())
		defer s.Close()
		if resp, body := fetch(t, s.URL+"/notices", "en"); resp.StatusCode != 200 || !strings.Contains(body, "no notices") {
			t.Errorf("an empty page: %d %s", resp.StatusCode, body)
		}
		wicked := `<script>alert("x")</script>`
		id := servertest.PublishNotice(w, operator, map[string]any{"title": wicked, "body": "第一行\n" + wicked, "titleEn": "English & co", "bodyEn": "Text"})
		hidden := servertest.PublishNotice(w, operator, map[string]any{"title": "只在站内", "channels": []any{"IN_SITE"}})
		for i := range 25 {
			servertest.PublishNotice(w, operator, map[string]any{"title": fmt.Sprintf("通知 %02d", i)})
		}
		resp, body := fetch(t, s.URL+"/notices", "zh-CN,zh;q=0.9")
		for _, want := range []string{`lang="zh-CN"`, "通知 24", "通知 05", "width=device-width"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		csp := resp.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "script") || strings.Contains(body, "<script") || strings.Contains(body, "只在站内") || strings.Contains(body, "通知 04") {
			t.Errorf("%s\n%s", csp, body)
		}
		older := linkTo.FindStringSubmatch(body)
		if older == nil {
			t.Fatalf("no second page: %s", body)
		}
		_, second := fetch(t, s.URL+older[1], "zh")
		if strings.Contains(second, wicked) || !strings.Contains(second, "&lt;script&gt;") || !strings.Contains(second, "通知 00") {
			t.Errorf("the second page: %s", second)
		}
		newer := linkTo.FindStringSubmatch(second)
		if newer == nil {
			t.Fatalf("no way back: %s", second)
		}
		if _, back := fetch(t, s.URL+newer[1], "zh"); !strings.Contains(back, "通知 24") {
			t.Errorf("back: %s", back)
		}
		if _, one := fetch(t, s.URL+"/notices/"+id, "zh"); strings.Contains(one, wicked) || !strings.Contains(one, "第一行") {
			t.Errorf("one: %s", one)
		}
		if _, one := fetch(t, s.URL+"/notices/"+id, "en-GB"); !strings.Contains(one, "English &amp; co") || !strings.Contains(one, `lang="en"`) {
			t.Errorf("in English: %s", one)
		}
		for path, status := range map[string]int{"/notices/" + hidden: 404, "/notices/ntce_x": 404, "/notices?after=forged": 200, "/notices?before=" + strings.Repeat("x", 3000): 200} {
			if resp, _ := fetch(t, s.URL+path, "en"); resp.StatusCode != status {
				t.Errorf("%.40s: %d", path, resp.StatusCode)
			}
		}
	})
}

// On a telephone, a browser renders nothing wider than the screen.
func TestABrowserShowsThePublicPage(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test needs the package chromium: ", err)
	}
	w := portaltest.New(t, "sqlite")
	operator, now := w.Operator("support"), w.Portal.Store.Now()
	id := servertest.PublishNotice(w, operator, map[string]any{"kind": "MAINTENANCE", "title": "北京二区即时通讯网关常规维护:期间长连接会断开并自动重连", "effectiveAt": now.Add(72 * time.Hour).Format(time.RFC3339),
		"body":    "我们将于下述时间对北京二区的即时通讯网关进行常规维护。\n\n期间长连接会断开一次,SDK 会自动重连;消息不会丢失。\n\n受影响的接口:https://api.example.com/v1/messages/" + strings.Repeat("averylongpathsegment", 6),
		"titleEn": "Routine maintenance of the messaging gateway, Beijing zone 2", "bodyEn": "Connections drop once and come back by themselves."})
	servertest.PublishNotice(w, operator, map[string]any{"kind": "SDK_RETIREMENT", "title": "Android SDK 2.x 停止服务", "effectiveAt": now.AddDate(0, 3, 0).Format(time.RFC3339)})
	servertest.PublishNotice(w, operator, map[string]any{"title": "𬬭与𫚉" + strings.Repeat("WWWWWWWWWW", 12)})
	s := httptest.NewServer(w.Handler())
	defer s.Close()
	out := os.Getenv("PORTICO_SCREENSHOTS")
	for _, path := range []string{"/notices", "/notices/" + id} {
		for _, width := range []string{"390", "1280"} {
			args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + t.TempDir(), "--accept-lang=zh-CN", "--window-size=" + width + ",844"}
			if out != "" {
				file := filepath.Join(out, "notices"+strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(path, "/notices"), id), "/", "-one")+"-"+width+".png")
				args = append(args, "--screenshot="+file)
			} else {
				args = append(args, "--dump-dom")
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			dom, err := exec.CommandContext(ctx, browser, append(args, s.URL+path)...).Output()
			cancel()
			if err != nil {
				t.Fatalf("%s at %s: %v", path, width, err)
			}
			if out == "" && (!strings.Contains(string(dom), "常规维护") || !strings.Contains(string(dom), "</html>")) {
				t.Errorf("%s at %s: %s", path, width, dom)
			}
		}
	}
}
