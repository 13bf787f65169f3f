"""Scores pictures with Debian's python3-grpcio; the messages come from a descriptor set, so no code is generated.

Usage: score.py DESCRIPTOR_SET ADDRESS PICTURE...     (the set: buf build -o gal.binpb)
"""
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

descriptor_set, address, pictures = sys.argv[1], sys.argv[2], sys.argv[3:]

pool = descriptor_pool.DescriptorPool()
with open(descriptor_set, "rb") as file:
    for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
        pool.Add(proto)


def message(name):
    descriptor = pool.FindMessageTypeByName(f"gal.v1.{name}")
    try:
        return message_factory.GetMessageClass(descriptor)
    except AttributeError:  # protobuf before 4.22
        return message_factory.MessageFactory(pool).GetPrototype(descriptor)


Request, Response = message("ScoreSimilarityRequest"), message("ScoreSimilarityResponse")
texts = ["a koala", "a drum", "cat"]

with grpc.insecure_channel(address) as channel:
    score = channel.unary_unary("/gal.v1.ScoringService/ScoreSimilarity", request_serializer=Request.SerializeToString, response_deserializer=Response.FromString)
    request = Request()
    for path in pictures:
        with open(path, "rb") as file:
            request.rows.images.images.add().data = file.read()
    request.columns.texts.texts.extend(texts)
    response = score(request, timeout=120)
    assert (response.row_count, response.column_count) == (len(pictures), len(texts)), response
    assert all(-1 <= s <= 1 for s in response.similarities), response

    try:
        score(Request(), timeout=120)
        raise AssertionError("A request without rows was not refused.")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error

print(f"python: {len(pictures)} pictures against {len(texts)} texts, first row {[round(s, 3) for s in response.similarities[:3]]}")
