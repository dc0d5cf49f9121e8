package frameworks

import (
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/hookrail/hookrail-go"
)

func chiRoutes(orders, users *hookrail.Verifier, take http.HandlerFunc) *chi.Mux {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Recoverer)
	r.With(orders.Middleware).Post("/hooks/orders", take)
	r.With(users.Middleware).Post("/hooks/users", take)
	return r
}

func TestChi(t *testing.T) {
	testFramework(t, func(a *app) http.Handler {
		r := chiRoutes(a.orders, a.users, a.take)
		reads := func(read func(*http.Request)) func(http.Handler) http.Handler {
			return func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					read(r)
					next.ServeHTTP(w, r)
				})
			}
		}
		r.With(reads(dump), a.orders.Middleware).Post("/logged", a.take)
		r.With(reads(drain), a.orders.Middleware).Post("/drained", a.take)
		r.With(middleware.RequestSize(bodyLimit), a.orders.Middleware).Post("/limited", a.take)
		r.Post("/pay", func(w http.ResponseWriter, r *http.Request) {
			if a.pay(r.Context()) != nil {
				w.WriteHeader(http.StatusBadGateway)
			}
		})
		return r
	})
}
