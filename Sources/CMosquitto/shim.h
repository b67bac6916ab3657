#include <mosquitto.h>
#include <mqtt_protocol.h>
// What libmosquitto's TLS is made with: it says why a certificate was not believed, where the library does not.
#include <openssl/ssl.h>
// The bell between threads; Swift's Glibc module leaves it out.
#include <sys/eventfd.h>
