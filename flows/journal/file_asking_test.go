package journal

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/medlar-flow/medlar/internal/testenv"
)

// What is asked often is prepared once, and what is asked in many ways does not stay.
func TestQuestionsArePreparedOnce(t *testing.T) {
	f, err := openFile(t.Context(), filepath.Join(testenv.Memory(t), "runs.db"), true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			for n := range 3 * mostAsked {
				for _, text := range []string{"SELECT ?", fmt.Sprintf("SELECT ? + %d - %d", n, n)} {
					var one int
					if err := f.row(t.Context(), text, 1).Scan(&one); err != nil || one != 1 {
						t.Errorf("%s is %d, %v", text, one, err)
					}
				}
			}
		})
	}
	asking.Wait()
	if n := len(f.asked.list); n != mostAsked || f.asked.list["SELECT ?"] == nil {
		t.Errorf("%d questions are kept", n)
	}
	if err := f.each(t.Context(), func(*sql.Rows) error { return nil }, "SELECT nothing"); err == nil {
		t.Error("a question that is none was answered")
	}
}
