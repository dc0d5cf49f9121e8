package frameworks

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/hookrail/hookrail-go"
)

// verified makes a middleware of gin from a verifier.
func verified(verifier *hookrail.Verifier) gin.HandlerFunc {
	return func(c *gin.Context) {
		passed := false
		verifier.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed = true
			c.Request = r // it has the delivery
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	}
}

func ginRoutes(orders, users *hookrail.Verifier, take gin.HandlerFunc) *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery())
	r.POST("/hooks/orders", verified(orders), take)
	r.POST("/hooks/users", verified(users), take)
	return r
}

func TestGin(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	testFramework(t, func(a *app) http.Handler {
		take := func(c *gin.Context) { a.take(c.Writer, c.Request) }
		r := ginRoutes(a.orders, a.users, take)
		r.POST("/logged", func(c *gin.Context) { dump(c.Request) }, verified(a.orders), take)
		r.POST("/drained", func(c *gin.Context) { c.GetRawData() }, verified(a.orders), take)
		limit := func(c *gin.Context) { c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, bodyLimit) }
		r.POST("/limited", limit, verified(a.orders), take)
		r.POST("/pay", func(c *gin.Context) {
			if a.pay(c.Request.Context()) != nil {
				c.Status(http.StatusBadGateway)
			}
		})
		return r
	})
}

// The guide says so: a send with gin's own context does not notice the end of the request.
func TestGinsContextDoesNotEnd(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	for _, fallback := range []bool{false, true} {
		r := gin.New()
		r.ContextWithFallback = fallback
		r.GET("/", func(c *gin.Context) {
			if ended := c.Err() != nil; ended != fallback {
				t.Errorf("with ContextWithFallback %v the context's end is seen: %v", fallback, ended)
			}
		})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	}
}
