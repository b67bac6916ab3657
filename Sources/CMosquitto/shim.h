#include <mosquitto.h>
#include <mqtt_protocol.h>
// The bell between threads; Swift's Glibc module leaves it out.
#include <sys/eventfd.h>
