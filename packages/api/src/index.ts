/**
 * The protobuf API of the dispatch service, and the codec between wire and model.
 *
 * @since 0.1.0
 */
export * as CodecError from "./CodecError.ts"
export * as CreateCodec from "./CreateCodec.ts"
export * as DispatchCodec from "./DispatchCodec.ts"
export * as DispatchFrames from "./DispatchFrames.ts"
export * as FieldPaths from "./FieldPaths.ts"
export * as GrpcFraming from "./GrpcFraming.ts"
export * as GrpcMethods from "./GrpcMethods.ts"
export * as GrpcStatus from "./GrpcStatus.ts"
export * as GrpcTimeout from "./GrpcTimeout.ts"
export * as GrpcTrailers from "./GrpcTrailers.ts"
export * as ListCodec from "./ListCodec.ts"
export * as Protobuf from "./Protobuf.ts"
export * as ReportCodec from "./ReportCodec.ts"
export * as RequestMetadata from "./RequestMetadata.ts"
export * as RequestSignature from "./RequestSignature.ts"
export * as RequestSizes from "./RequestSizes.ts"
export * as ServiceFeatures from "./ServiceFeatures.ts"
export * as UpdateCodec from "./UpdateCodec.ts"
export * as WireLimits from "./WireLimits.ts"
