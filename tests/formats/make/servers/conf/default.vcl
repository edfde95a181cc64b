vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "8080"; .first_byte_timeout = 1s; }
backend partner { .host = "127.0.0.1"; .port = "9009"; .connect_timeout = 1s; }
sub vcl_recv {
  if (req.url ~ "^/partner/") { set req.backend_hint = partner; }
  return (pass);
}
