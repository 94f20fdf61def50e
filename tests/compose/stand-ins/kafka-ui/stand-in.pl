# Answers on port 8080: /actuator/health with 200 if every broker that a variable names,
# KAFKA_CLUSTERS_<n>_BOOTSTRAPSERVERS, answers Kafka's protocol, else 503; any other path with a page
# that says what this is.
use strict;
use warnings;
use IO::Socket::INET;

my @names = sort grep { /^KAFKA_CLUSTERS_\d+_BOOTSTRAPSERVERS$/ } keys %ENV;
die "KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS is required.\n" unless @names;
my @brokers = map { split /,/, $ENV{$_} } @names;

# Asks which versions of its API it has (ApiVersions, version 0): the first request of any client.
sub answers {
    my ($broker) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => $broker, Timeout => 2) or return 0;
    local $SIG{ALRM} = sub { die "no answer" };
    my $ok = eval {
        alarm 2;
        $socket->syswrite(pack "N/a*", pack "nnNn/a*", 18, 0, 7, "stand-in");
        $socket->sysread(my $answer, 10) // 0;
        my (undef, $correlation, $code) = unpack "NNn", $answer;
        defined $code && $correlation == 7 && $code == 0;
    };
    alarm 0;
    return $ok;
}

local $SIG{PIPE} = "IGNORE";
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 16, ReuseAddr => 1)
    or die "Cannot listen on port 8080: $!\n";
while (my $client = $server->accept) {
    my $request = <$client> // "";
    while (defined(my $header = <$client>)) { last if $header =~ /^\r?\n$/ }
    my ($method, $path) = split " ", $request;
    my ($status, $type, $body) =
        ("200 OK", "text/plain", "A stand-in for the Kafka UI, for tests: there is nothing to see.\n");
    if (($path // "") eq "/actuator/health") {
        my @silent = grep { !answers($_) } @brokers;
        my $up = @silent ? "DOWN" : "UP";
        ($status, $type) = (@silent ? "503 Service Unavailable" : "200 OK", "application/json");
        $body = qq({"status":"$up"}\n);
    }
    print $client "HTTP/1.1 $status\r\nContent-Type: $type\r\n",
        "Content-Length: ", length $body, "\r\nConnection: close\r\n\r\n",
        ($method // "") eq "HEAD" ? "" : $body;
    close $client;
}
