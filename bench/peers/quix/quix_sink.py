"""
Quix Streams' file sink in S3: a dataframe for each topic, JSON lines, one PUT a partition at each
commit; at least once. Arguments: broker, S3, bucket, group, events between commits, topics, seconds
between commits.
"""

import logging
import sys

from quixstreams import Application
from quixstreams.sinks.community.file.s3 import S3FileSink

broker, s3, bucket, group, commit_every, topics, commit_interval = sys.argv[1:]

app = Application(
    broker_address=broker,
    consumer_group=group,
    auto_offset_reset="earliest",
    commit_every=int(commit_every),
    commit_interval=float(commit_interval),
    use_changelog_topics=False,
    loglevel="DEBUG",
)
# Of all details only when partitions are assigned: reading begins then.
logging.getLogger("quixstreams").setLevel("INFO")
logging.getLogger("quixstreams.app").setLevel("DEBUG")
sink = S3FileSink(bucket=bucket, region_name="us-east-1", endpoint_url=s3, format="json")
for topic in topics.split(","):
    app.dataframe(app.topic(topic, value_deserializer="json")).sink(sink)
app.run()
