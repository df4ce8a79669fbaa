// The usual web server: answers "Hello, World!" on port 8080 and writes a log line per request.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func hello(answer http.ResponseWriter, request *http.Request) {
	fmt.Fprintln(answer, "Hello, World!")
}

// logged writes one line per request: who asked for what, and how long the answer took.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		begun := time.Now()
		next.ServeHTTP(answer, request)
		log.Printf("%s %s %s %v", request.RemoteAddr, request.Method, request.URL.Path, time.Since(begun))
	})
}

func port() string {
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return "8080"
}

func main() {
	log.SetFlags(0) // the engine's log has the times
	stop, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer release()

	routes := http.NewServeMux()
	routes.HandleFunc("/", hello)
	server := &http.Server{Addr: ":" + port(), Handler: logged(routes), ReadHeaderTimeout: 10 * time.Second}

	// On SIGTERM requests that are being answered are finished.
	go func() {
		<-stop.Done()
		limited, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(limited); err != nil {
			log.Print(err)
		}
	}()

	log.Printf("listening on %s", server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	log.Print("stopped")
}
