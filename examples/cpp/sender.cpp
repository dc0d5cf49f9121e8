// Sends one event and prints the result:
//
//   sender TOPIC PAYLOAD [IDEMPOTENCY_KEY]
//
// HOOKRAIL_BASE_URL has the service's URL (default: http://localhost:8080),
// HOOKRAIL_API_KEY the key.

#include <hookrail.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

namespace {

int send(std::string_view topic, std::string_view payload, const hookrail::send_options& options) {
  const hookrail::client client;
  const hookrail::accepted accepted = client.send(topic, payload, options);
  std::cout << accepted.event_id << (accepted.replayed ? " had been recorded before, " : " recorded, ")
            << accepted.delivery_ids.size() << " deliveries, key " << accepted.idempotency_key << '\n';

  const hookrail::event_status event = client.get_event(accepted.event_id);
  for (const hookrail::delivery& delivery : event.deliveries) {
    std::cout << delivery.id << ' ' << delivery.state_text << ", " << delivery.attempts.size()
              << " attempts\n";
  }
  return EXIT_SUCCESS;
}

int report(const hookrail::error& error) {
  std::cerr << error.code().message() << ": " << error.what() << '\n';
  for (const hookrail::error_info* cause = error.cause(); cause != nullptr; cause = cause->cause.get()) {
    std::cerr << "  because of " << hookrail::name(cause->status) << ": " << cause->message << '\n';
  }
  if (error.outcome() == hookrail::outcome::maybe_sent) {
    std::cerr << "  the event may have been recorded; send it again with the key "
              << error.idempotency_key().value_or("") << '\n';
  }
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::cerr << "usage: sender TOPIC PAYLOAD [IDEMPOTENCY_KEY]\n";
    return EXIT_FAILURE;
  }
  hookrail::send_options options;
  if (argc == 4) {
    options.idempotency_key = argv[3];
  }
  try {
    return send(argv[1], argv[2], options);
  } catch (const hookrail::error& error) {
    return report(error);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
