// Starts fauxqs at a loopback port: its own program binds all addresses and logs every request.
// usage: node fauxqs-loopback.mjs DIST_FOLDER PORT
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , dist, port] = process.argv
const load = (file) => import(pathToFileURL(path.join(dist, file)))
const { buildApp } = await load('app.js')
const { SqsStore } = await load('sqs/sqsStore.js')
const { SnsStore } = await load('sns/snsStore.js')
const { S3Store } = await load('s3/s3Store.js')

const sqsStore = new SqsStore()
sqsStore.host = '' // queue URLs from the Host header: glibc does not resolve names under .localhost
const app = buildApp({ logger: false, stores: { sqsStore, snsStore: new SnsStore(), s3Store: new S3Store() } })
await app.listen({ host: '127.0.0.1', port: Number(port) })
