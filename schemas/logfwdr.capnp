# logfwdr, the edge's log forwarder. A message is one member of the union in LogMessage; a binding
# of type logfwdr knows which member it fills (`destination` is the member's name) and hands the
# worker an object with log(fields). The union, the method and the framing are flamesim's own; field
# names follow the public log fields of HTTP requests (ClientIP is clientIp, RayID is rayId, ...), the
# data set http_requests of
# https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/
#
# To add a destination, add a member. To replace all this, bundle another schema: any interface
# whose methods take a struct with a union can be served.
@0xebdfa6435b6f929e;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flamesim::schemas");

interface Logfwdr {
  log @0 (message :LogMessage) -> ();
  # An answer means that the forwarder has the message, not that it has reached any store.
}

interface AnalyticsAdmin {
  # For the control socket: the data points that a running server holds.

  query @0 (sql :Text) -> (result :QueryResult);
  # One SELECT of SQLite. Fails with SQLite's own message.
}

struct QueryResult {
  columns @0 :List(Text);
  rows @1 :List(Row);

  struct Row {
    values @0 :List(Value);
  }

  struct Value {
    union {
      null @0 :Void;
      integer @1 :Int64;
      real @2 :Float64;
      text @3 :Text;
      blob @4 :Data;
    }
  }
}

struct LogMessage {
  timestamp @0 :Int64;
  # When the worker logged it: nanoseconds since 1970, on the clock of the (simulated) server.

  worker @1 :Text;
  # Name of the worker that logged it.

  union {
    none @2 :Void;
    httplogs @3 :HttpLog;
    events @4 :EventLog;
    analyticsEngine @5 :AnalyticsEngineEvent;
  }
}

struct HttpLog {
  # One HTTP request, as the worker saw it. A field that was not set is empty or 0. Each field of the
  # public data set is here; accountId is ours. ClientCountry is country, WorkerCPUTime is
  # workerCpuTimeUs.

  rayId @0 :Text;
  # "230b030023ae2822-SJC"
  accountId @1 :Int64;
  zoneName @2 :Text;

  clientIp @3 :Text;
  country @4 :Text;
  # Two letters, ISO 3166-1; XX unknown, T1 Tor.
  clientRequestScheme @5 :Text;
  clientRequestMethod @6 :Text;
  clientRequestHost @7 :Text;
  clientRequestUri @8 :Text;
  # Path and query.
  clientRequestProtocol @9 :Text;
  # "HTTP/1.1"
  clientRequestUserAgent @10 :Text;
  clientRequestReferer @11 :Text;
  clientRequestBytes @12 :UInt64;

  edgeColoCode @13 :Text;
  edgeStartTimestamp @14 :Int64;
  # Nanoseconds since 1970, as is the next.
  edgeEndTimestamp @15 :Int64;
  edgeResponseStatus @16 :UInt16;
  edgeResponseBytes @17 :UInt64;
  edgeResponseContentType @18 :Text;

  cacheCacheStatus @19 :Text;
  # "hit", "miss", "dynamic", ...
  originResponseStatus @20 :UInt16;
  # 0: the origin was not asked.

  workerStatus @21 :Text;
  # "ok", "exception", "cpuExceeded", ...
  workerSubrequestCount @22 :UInt32;
  workerCpuTimeUs @23 :UInt64;
  # Microseconds.

  securityAction @24 :Text;
  # What a security rule did: "block", "challenge", "log", ...; empty: nothing.
  securityRuleId @25 :Text;

  # --- Client ---

  clientAsn @26 :UInt32;
  clientCity @27 :Text;
  clientRegionCode @28 :Text;
  # ISO 3166-2
  clientLatitude @29 :Text;
  clientLongitude @30 :Text;
  clientDeviceType @31 :Text;
  clientIpClass @32 :Text;
  # "unknown", "badHost", "searchEngine", "tor", ...
  clientSrcPort @33 :UInt16;
  clientTcpRttMs @34 :UInt32;
  clientSslCipher @35 :Text;
  clientSslProtocol @36 :Text;
  # "TLSv1.3"; "none" without TLS
  clientMtlsAuthCertFingerprint @37 :Text;
  # SHA-256. This and the next only for the first request of a connection.
  clientMtlsAuthStatus @38 :Text;
  # "ok", "absent", "untrusted", ...
  clientRequestPath @39 :Text;
  # without the query
  clientRequestSource @40 :Text;
  clientXRequestedWith @41 :Text;

  # --- Bots ---

  botScore @42 :UInt8;
  # 1 to 99; 0: not computed
  botScoreSrc @43 :Text;
  botTags @44 :List(Text);
  botDetectionIds @45 :List(UInt32);
  botDetectionTags @46 :List(Text);
  verifiedBotCategory @47 :Text;
  jsDetectionPassed @48 :Text;
  # "passed", "failed", "missing"
  ja3Hash @49 :Text;
  ja4 @50 :Text;
  ja4Signals @51 :List(Signal);

  # --- Cache ---

  cacheReserveUsed @52 :Bool;
  cacheResponseBytes @53 :UInt64;
  cacheResponseStatus @54 :UInt16;
  # deprecated
  cacheTieredFill @55 :Bool;

  # --- Edge ---

  edgeCfConnectingO2o @56 :Bool;
  # The request passed through more than one zone.
  edgeColoId @57 :UInt32;
  edgePathingOp @58 :Text;
  edgePathingSrc @59 :Text;
  edgePathingStatus @60 :Text;
  edgeRequestHost @61 :Text;
  # Host header of the request to the origin.
  edgeResponseBodyBytes @62 :UInt64;
  edgeResponseCompressionRatio @63 :Float64;
  edgeServerIp @64 :Text;
  # Address that the origin was asked from; empty: it was not asked.
  edgeTimeToFirstByteMs @65 :UInt32;
  smartRouteColoId @66 :UInt32;
  upperTierColoId @67 :UInt32;

  # --- Origin ---

  originIp @68 :Text;
  originDnsResponseTimeMs @69 :UInt32;
  originTcpHandshakeDurationMs @70 :UInt32;
  # 0: the connection was there already, as for the next.
  originTlsHandshakeDurationMs @71 :UInt32;
  originRequestHeaderSendDurationMs @72 :UInt32;
  originResponseHeaderReceiveDurationMs @73 :UInt32;
  originResponseDurationMs @74 :UInt32;
  originResponseTime @75 :UInt64;
  # Nanoseconds; deprecated.
  originResponseBytes @76 :UInt64;
  # deprecated
  originResponseHttpExpires @77 :Text;
  originResponseHttpLastModified @78 :Text;
  originSslProtocol @79 :Text;

  # --- Security ---

  securityActions @80 :List(Text);
  # As long as the next two: what each rule that matched did, its id, and the product it belongs to.
  securityRuleIds @81 :List(Text);
  securitySources @82 :List(Text);
  securityRuleDescription @83 :Text;
  wafAttackScore @84 :UInt8;
  wafRceAttackScore @85 :UInt8;
  wafSqliAttackScore @86 :UInt8;
  wafXssAttackScore @87 :UInt8;
  wafFlags @88 :Text;
  # deprecated, as is the next
  wafMatchedVar @89 :Text;
  leakedCredentialCheckResult @90 :Text;
  contentScanObjResults @91 :List(Text);
  contentScanObjSizes @92 :List(UInt64);
  contentScanObjTypes @93 :List(Text);
  fraudAttack @94 :Text;
  fraudDetectionIds @95 :List(UInt32);
  fraudDetectionTags @96 :List(Text);
  fraudEmailRisk @97 :Text;
  # "low", "medium", "high"
  fraudUserId @98 :Text;
  webAssetsLabelsManaged @99 :List(Text);
  webAssetsOperationId @100 :Text;
  payPerCrawlStatus @101 :Text;

  # --- Workers ---

  parentRayId @102 :Text;
  # Of the request whose worker made this one.
  workerScriptName @103 :Text;
  workerSubrequest @104 :Bool;
  workerWallTimeUs @105 :UInt64;

  # --- Chosen by name in the configuration of a log job ---

  cookies @106 :List(Pair);
  requestHeaders @107 :List(Pair);
  responseHeaders @108 :List(Pair);

  struct Pair {
    name @0 :Text;
    value @1 :Text;
  }

  struct Signal {
    name @0 :Text;
    value @1 :Float64;
  }
}

struct EventLog {
  # Anything else that is worth a line.

  name @0 :Text;
  rayId @1 :Text;
  accountId @2 :Int64;
  level @3 :Level;
  message @4 :Text;
  fields @5 :List(Field);

  enum Level {
    debug @0;
    info @1;
    warning @2;
    error @3;
  }

  struct Field {
    name @0 :Text;
    value @1 :Text;
  }
}

struct AnalyticsEngineEvent {
  # A data point of Workers Analytics Engine. A worker's env.X.writeDataPoint() fills it.

  accountId @0 :Int64;
  dataset @1 :Data;
  schemaVersion @2 :Int64;
  index1 @3 :Data;
  # By which points are sampled; at most 96 bytes.
  timestamp @4 :Int64;
  # Nanoseconds since 1970.

  double1 @5 :Float64;
  double2 @6 :Float64;
  double3 @7 :Float64;
  double4 @8 :Float64;
  double5 @9 :Float64;
  double6 @10 :Float64;
  double7 @11 :Float64;
  double8 @12 :Float64;
  double9 @13 :Float64;
  double10 @14 :Float64;
  double11 @15 :Float64;
  double12 @16 :Float64;
  double13 @17 :Float64;
  double14 @18 :Float64;
  double15 @19 :Float64;
  double16 @20 :Float64;
  double17 @21 :Float64;
  double18 @22 :Float64;
  double19 @23 :Float64;
  double20 @24 :Float64;

  blob1 @25 :Data;
  blob2 @26 :Data;
  blob3 @27 :Data;
  blob4 @28 :Data;
  blob5 @29 :Data;
  blob6 @30 :Data;
  blob7 @31 :Data;
  blob8 @32 :Data;
  blob9 @33 :Data;
  blob10 @34 :Data;
  blob11 @35 :Data;
  blob12 @36 :Data;
  blob13 @37 :Data;
  blob14 @38 :Data;
  blob15 @39 :Data;
  blob16 @40 :Data;
  blob17 @41 :Data;
  blob18 @42 :Data;
  blob19 @43 :Data;
  blob20 @44 :Data;
  # The blobs of a point hold at most 16000 bytes together.
}
