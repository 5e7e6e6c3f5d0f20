# SPDX-License-Identifier: GPL-2.0-only
"""
Stands in for power-profiles-daemon and tuned on a bus. Reads a command a line, and says "done" to each:

  own NAME WHAT      be the service NAME, which answers with WHAT: a profile; "int:5" or "list:a", values
                     of other types; "silence", no answer ever
  set NAME WHAT      answer with that from now on, and say that it has changed
  release NAME       be it no longer

Usage: fake_power.py ADDRESS
"""
import sys

import dbus
import dbus.bus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

PROPERTIES = "org.freedesktop.DBus.Properties"
PATHS = {
    "org.freedesktop.UPower.PowerProfiles": "/org/freedesktop/UPower/PowerProfiles",
    "net.hadess.PowerProfiles": "/net/hadess/PowerProfiles",
    "com.redhat.tuned": "/Tuned",
}


def value_of(what):
    kind, _, rest = what.partition(":")
    if kind == "int":
        return dbus.Int32(int(rest))
    if kind == "list":
        return dbus.Array([rest], signature="s")
    return dbus.String(what)


class Service(dbus.service.Object):
    def __init__(self, bus, name, what):
        self.name = name
        self.what = what
        super().__init__(bus, PATHS[name])

    def answer(self, reply):
        if self.what != "silence":
            reply(value_of(self.what))


class PowerProfiles(Service):
    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v",
                         async_callbacks=("reply", "error"))
    def Get(self, interface, name, reply, error):
        if interface != self.name or name != "ActiveProfile":
            error(dbus.DBusException("no such property"))
        else:
            self.answer(reply)

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    def tell(self):
        self.PropertiesChanged(self.name, {"ActiveProfile": value_of(self.what)}, [])


class Tuned(Service):
    # without a signature, the type is that of the value
    @dbus.service.method("com.redhat.tuned.control", in_signature="",
                         async_callbacks=("reply", "error"))
    def active_profile(self, reply, error):
        self.answer(reply)

    @dbus.service.signal("com.redhat.tuned.control", signature="sbs")
    def profile_changed(self, profile, ok, error):
        pass

    def tell(self):
        self.profile_changed(self.what, True, "OK")


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    loop = GLib.MainLoop()
    bus = dbus.bus.BusConnection(sys.argv[1])
    services = {}

    def on_line(_source, _condition):
        words = sys.stdin.readline().split()
        if not words:
            loop.quit()
            return False
        command, name, *what = words
        if command == "own":
            kind = Tuned if name == "com.redhat.tuned" else PowerProfiles
            services[name] = kind(bus, name, what[0])
            bus.request_name(name)
        elif command == "set":
            services[name].what = what[0]
            services[name].tell()
        elif command == "release":
            bus.release_name(name)
            services.pop(name).remove_from_connection()
        bus.flush()
        print("done", flush=True)
        return True

    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, on_line)
    loop.run()


main()
