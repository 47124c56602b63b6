# A town behind Varnish (Debian: varnish, varnish-modules), with CALENDAR_PURGE=http://127.0.0.1:6081/ and
# CALENDAR_FETCH_NETWORKS=127.0.0.1/32. A web server in front of Varnish ends TLS; leave CALENDAR_FILES empty.
vcl 4.1;
import std;
import xkey;

backend calendar_app {
    .host = "127.0.0.1";
    .port = "8000";
}
acl hosts_of_the_program {
    "127.0.0.1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ hosts_of_the_program) {
            return (synth(403));
        }
        std.log("purged: " + xkey.purge(req.http.Surrogate-Key));
        return (synth(200));
    }
}

sub vcl_backend_response {
    set beresp.grace = 0s;
    if (beresp.http.Surrogate-Control ~ "^max-age=[0-9]+$") {
        set beresp.ttl = std.duration(regsub(beresp.http.Surrogate-Control, "^max-age=", "") + "s", 0s);
        set beresp.http.xkey = beresp.http.Surrogate-Key;
    }
}

sub vcl_deliver {
    unset resp.http.xkey;
    unset resp.http.Surrogate-Key;
    unset resp.http.Surrogate-Control;
    unset resp.http.Age;  # a browser counts from its own answer
}
