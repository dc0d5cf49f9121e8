package frameworks

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/hookrail/hookrail-go"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

func echoRoutes(orders, users *hookrail.Verifier, take echo.HandlerFunc) *echo.Echo {
	e := echo.New()
	e.Use(middleware.Recover())
	e.POST("/hooks/orders", take, echo.WrapMiddleware(orders.Middleware))
	e.POST("/hooks/users", take, echo.WrapMiddleware(users.Middleware))
	return e
}

func TestEcho(t *testing.T) {
	testFramework(t, func(a *app) http.Handler {
		take := func(c echo.Context) error {
			a.take(c.Response(), c.Request())
			return nil
		}
		e := echoRoutes(a.orders, a.users, take)
		verified := echo.WrapMiddleware(a.orders.Middleware)
		e.POST("/logged", take, middleware.BodyDump(func(echo.Context, []byte, []byte) {}), verified)
		drained := func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				drain(c.Request())
				return next(c)
			}
		}
		e.POST("/drained", take, drained, verified)
		e.POST("/limited", take, middleware.BodyLimit(fmt.Sprintf("%dB", bodyLimit)), verified)
		e.POST("/pay", func(c echo.Context) error {
			if err := a.pay(c.Request().Context()); err != nil {
				return echo.NewHTTPError(http.StatusBadGateway)
			}
			return c.NoContent(http.StatusOK)
		})
		return e
	})
}
