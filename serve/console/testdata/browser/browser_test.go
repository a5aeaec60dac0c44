package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// patience ends what hangs; nothing is measured by it.
const patience = time.Minute

// start returns a browser that ends with the test.
func start(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(testenv.Chromium.Find(t)), chromedp.NoSandbox)
	ctx, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, closed := chromedp.NewContext(ctx)
	t.Cleanup(closed)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	return ctx
}

// tab is what somebody sees, who has cookies of their own.
type tab struct {
	t   *testing.T
	w   *world
	ctx context.Context //nolint:containedctx // it is how chromedp names a tab

	mu    sync.Mutex
	wrong []string // what the browser complained of
}

func newTab(t *testing.T, browser context.Context, w *world) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	b := &tab{t: t, w: w, ctx: ctx}
	t.Cleanup(func() {
		b.mu.Lock()
		for _, text := range b.wrong {
			t.Errorf("the browser complains: %s", text)
		}
		b.mu.Unlock()
		end()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.heard); err != nil {
		t.Fatal(err)
	}
	return b
}

// heard keeps what the browser complains of: of the policy, and of scripts. That an
// answer was a refusal, or was none, is the tests' own doing.
func (b *tab) heard(event any) {
	text := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" && e.Entry.Source != "network" {
			text = e.Entry.Text
		}
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	}
	if text != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.wrong = append(b.wrong, text)
	}
}

// ask evaluates an expression. It fails while a page is on its way.
func ask[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to be true, and says what it waited for if it never is.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok, err := ask[bool](b, "!!("+expression+")"); err == nil && ok {
			return
		}
	}
	text, _ := ask[string](b, "location.href + '\\n' + document.body.innerText")
	b.t.Fatalf("never: %s\n%s", what, text)
}

func quote(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// open goes to a page by its path.
func (b *tab) open(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(b.w.server.URL+path)); err != nil {
		b.t.Fatalf("%s: %v", path, err)
	}
}

// sees waits for texts to stand on the page.
func (b *tab) sees(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until("the page says "+text, "document.body.innerText.includes("+quote(text)+")")
	}
}

// press presses what people call so, and waits for the page that it leads to.
func (b *tab) press(label string) {
	b.t.Helper()
	found := `[...document.querySelectorAll("a, button, summary")].find(e => e.innerText.trim() === ` + quote(label) + `)`
	b.until("there is something to press that is called "+label, found)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Steps(
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := chromedp.Evaluate[bool](`window.before = true, !!`+found+`.scrollIntoView || true`)(ctx, t)
			return err
		}),
		chromedp.Click(chromedp.JSPath(found)),
	)); err != nil {
		b.t.Fatalf("%s cannot be pressed: %v", label, err)
	}
	b.until("a page behind "+label, `!window.before && document.readyState === "complete"`)
}

// keys presses keys, one after the other.
func (b *tab) keys(text string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(text)); err != nil {
		b.t.Fatalf("keys: %v", err)
	}
}

// reach goes from one thing to the next by the tabulator until it comes to what people
// call so, presses it by the enter key, and waits for the page that it leads to. What has
// the focus has to show that.
func (b *tab) reach(label string) {
	b.t.Helper()
	b.until("there is "+label, `[...document.querySelectorAll("a, button")].some(e => e.innerText.trim() === `+quote(label)+`)`)
	for range 60 {
		b.keys("\t")
		found, err := ask[bool](b, `window.before = true, document.activeElement.innerText?.trim() === `+quote(label))
		if err != nil {
			b.t.Fatal(err)
		}
		if !found {
			continue
		}
		if seen, _ := ask[bool](b, `getComputedStyle(document.activeElement).outlineStyle !== "none"`); !seen {
			b.t.Errorf("%s does not show that it has the focus", label)
		}
		b.keys("\r")
		b.until("a page behind "+label, `!window.before && document.readyState === "complete"`)
		return
	}
	b.t.Fatalf("the tabulator does not come to %s", label)
}

// write fills in the entry of a label, whatever its kind.
func (b *tab) write(label, text string) {
	b.t.Helper()
	entry := `document.getElementById([...document.querySelectorAll("label")].find(e => e.innerText.trim() === ` + quote(label) + `)?.htmlFor)`
	b.until("there is an entry that is called "+label, entry)
	kind, err := ask[string](b, entry+".tagName")
	if err != nil {
		b.t.Fatal(err)
	}
	if kind == "SELECT" {
		b.until(label+" has the choice "+text, `(e => { const o = [...e.options].find(o => o.innerText.trim() === `+quote(text)+`); if (!o) return false; e.value = o.value; e.dispatchEvent(new Event("change", {bubbles: true})); return true })(`+entry+`)`)
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := ask[bool](b, entry+".value = '', true"); err != nil {
		b.t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.SendKeys(chromedp.JSPath(entry), text)); err != nil {
		b.t.Fatalf("%s: %v", label, err)
	}
}

// login comes in by the first page that there is.
func (b *tab) login() {
	b.t.Helper()
	b.open("/")
	b.write("Token", token)
	b.press("Log in")
	b.sees("Overview")
}

// look sets how wide the screen is, and whether it is dark.
func (b *tab) look(width int64, scheme string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Steps(
		chromedp.EmulateViewport(width, 800),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			return err
		}),
	))
	if err != nil {
		b.t.Fatal(err)
	}
}

// axe returns the violations that axe-core finds on the page.
func (b *tab) axe(script string) []string {
	b.t.Helper()
	if loaded, _ := ask[bool](b, "!!window.axe"); !loaded {
		if _, err := ask[bool](b, script+";true"); err != nil {
			b.t.Fatalf("axe-core does not load: %v", err)
		}
	}
	found, err := ask[[]string](b, `axe.run().then(r => r.violations.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html).join(" ")))`)
	if err != nil {
		b.t.Fatalf("axe-core does not run: %v", err)
	}
	return found
}

// axeScript reads axe-core as npm has it.
func axeScript(t *testing.T) string {
	t.Helper()
	folder := testenv.Folder(t, "MEDLAR_NODE_MODULES", "node_modules/axe-core")
	text, err := os.ReadFile(filepath.Join(folder, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// picture keeps a page as an image of the documentation, where that is asked for with
// UPDATE=1.
func (b *tab) picture(name string) {
	b.t.Helper()
	if os.Getenv("UPDATE") == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join("..", "..", "..", "..", "docs", "images", name+".png"), image, 0o644) //nolint:gosec // it is documentation
	}
	if err != nil {
		b.t.Errorf("the picture %s: %v", name, err)
	}
}

// at says where somebody is.
func (b *tab) at() string {
	b.t.Helper()
	where, err := ask[string](b, "location.pathname + location.search")
	if err != nil {
		b.t.Fatal(fmt.Errorf("where the page is: %w", err))
	}
	return strings.TrimSpace(where)
}
