package console

import (
	"errors"
	"net/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/bind"
)

// operationsPage lists operations.
type operationsPage struct {
	Operations []*connector.Operation
}

// operationPage tells about one.
type operationPage struct {
	Operation *connector.Operation
	Text      string
}

func (c *Console) listOperations(w http.ResponseWriter, r *request) {
	c.render(w, r, http.StatusOK, "operations", page{Title: "Operations", Here: "operations", Body: operationsPage{c.config.Registry.Operations()}})
}

func (c *Console) showOperation(w http.ResponseWriter, r *request) {
	op, ok := c.config.Registry.Operation(r.PathValue("operation"))
	if !ok {
		c.fail(w, r, http.StatusNotFound, errors.New("there is no operation of that name"))
		return
	}
	text := op.Summary
	if c.config.Describe != nil {
		text = c.config.Describe(op)
	}
	c.render(w, r, http.StatusOK, "operation", page{Title: op.Name, Here: "operations", Body: operationPage{op, text}})
}

func (c *Console) listFunctions(w http.ResponseWriter, r *request) {
	c.render(w, r, http.StatusOK, "functions", page{Title: "Functions", Here: "functions", Body: bind.Reference()})
}
