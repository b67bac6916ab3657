// The floor: what the broker, libmosquitto and the machine take for a question and an answer with nothing in between.
// cc -O2 responder.c -lmosquitto; responder PORT PREFIX BYTES answers every question below PREFIX with a fixed card of
// BYTES bytes, QoS 1 both ways as the contract has it.
#include <mosquitto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *card;
static int bytes;
static const char *prefix;
static volatile sig_atomic_t stopping;

static void stop(int number) {
    (void)number;
    stopping = 1;
}

static void connected(struct mosquitto *client, void *context, int code) {
    (void)context;
    char filter[128];
    if (code != 0) exit(1);
    snprintf(filter, sizeof filter, "%s/+/ask/#", prefix);
    mosquitto_subscribe(client, NULL, filter, 1);
}

static void asked(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    (void)context;
    const char *device = message->topic + strlen(prefix) + 1;
    const char *end = strchr(device, '/');
    char topic[160];
    if (end == NULL) return;
    snprintf(topic, sizeof topic, "%s/%.*s/reply", prefix, (int)(end - device), device);
    mosquitto_publish(client, NULL, topic, bytes, card, 1, false);
}

int main(int count, char **words) {
    if (count != 4) {
        fprintf(stderr, "responder PORT PREFIX BYTES\n");
        return 64;
    }
    static const char head[] = "{\"id\":null,\"verb\":\"scan\",\"outcome\":\"done\",\"replayed\":false,\"result\":\"";
    prefix = words[2];
    bytes = atoi(words[3]);
    if (bytes < (int)sizeof head + 2 || (card = malloc((size_t)bytes)) == NULL) return 64;
    memset(card, 'x', (size_t)bytes);
    memcpy(card, head, sizeof head - 1);
    memcpy(card + bytes - 2, "\"}", 2);
    signal(SIGTERM, stop);
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new("bench-floor", true, NULL);
    if (client == NULL) return 1;
    // As edged does: an answer must not wait for the acknowledgement of the one before.
    mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_callback_set(client, connected);
    mosquitto_message_callback_set(client, asked);
    if (mosquitto_connect(client, "127.0.0.1", atoi(words[1]), 60) != MOSQ_ERR_SUCCESS) return 1;
    while (!stopping) {
        if (mosquitto_loop(client, 1000, 1) != MOSQ_ERR_SUCCESS && !stopping) return 1;
    }
    mosquitto_disconnect(client);
    mosquitto_destroy(client);
    return 0;
}
