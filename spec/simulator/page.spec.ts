import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { afterAll, describe, expect, it } from '@jest/globals';
import { simulator } from 'ciba-backchannel/simulator';
import connect from 'connect';
import express from 'express';
import request from 'supertest';
import { transaction } from './support.js';

const express4: typeof express = createRequire(import.meta.url)('express4');
const sim = simulator({ issuer: 'http://localhost', clients: [{ client_id: 'a', client_secret: 'very-secret' }] });
afterAll(() => sim.close());

const hosts = {
  'Express 5': () => express().use('/dev/simulator', sim),
  'Express 4': () => express4().use('/dev/simulator', sim),
  Connect: () => connect().use('/dev/simulator', sim),
  'Express 5 with express.json() before it': () => express().use(express.json()).use('/dev/simulator', sim),
  'Express 4 with express.json() before it': () => express4().use(express4.json()).use('/dev/simulator', sim),
  'a router in a router': () => express().use('/dev', express.Router().use('/simulator', sim)),
};

describe.each(Object.entries(hosts))('mounted in %s', (_, host) => {
  it('leads to the slash, without which relative links would miss the mount path', async () => {
    const response = await request(host()).get('/dev/simulator');
    expect(response.status).toBe(302);
    expect(new URL(response.headers.location as string, 'http://host/dev/simulator').pathname).toBe('/dev/simulator/');
  });

  it('serves the page, and everything that it loads, below the mount path', async () => {
    const app = host();
    const page = await request(app).get('/dev/simulator/').expect(200);
    expect(page.type).toBe('text/html');
    const files = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link as string);
    for (const file of files) {
      const { type } = await request(app).get(`/dev/simulator/${file}`).expect(200);
      expect(type).toMatch(file.endsWith('.js') ? /^text\/javascript$/ : /^(?:text\/css|image\/svg\+xml)$/);
    }
    expect(files.sort()).toEqual(['icon.svg', 'main.js', 'style.css']);
  });

  it('takes decisions', async () => {
    const decision = sim.authenticate(transaction());
    await request(host())
      .post('/dev/simulator/decide')
      .query({ auth_req_id: 'id-1', action: 'allow' })
      .send({})
      .expect(204);
    expect(await decision).toMatchObject({ result: 'AUTHORIZED' });
  });

  it('reads the form of the consumption device', async () => {
    const response = await request(host()).post('/dev/simulator/requests').send({ client_id: 'another' });
    expect(response.status).toBe(400);
    expect(response.body.error_description).toContain('client_id must be one of the clients');
  });

  it('leaves other paths to the host', async () => {
    const { text } = await request(host()).get('/dev/simulator/unknown').expect(404);
    expect(text).toContain('Cannot GET');
  });
});

describe('served by node:http alone', () => {
  it('serves the page at the root', async () => {
    await request(createServer(sim)).get('/').expect(200);
  });

  it('answers 404 itself', async () => {
    const response = await request(createServer(sim)).get('/unknown');
    expect(response.status).toBe(404);
    expect(response.body.error).toBe('not_found');
  });
});

describe('every answer', () => {
  const paths = ['/', '/style.css', '/main.js', '/icon.svg', '/decide'];

  it.each(paths)('has a strict Content-Security-Policy: %s', async (path) => {
    const { headers } = await request(sim).get(path);
    const policy = headers['content-security-policy'] as string;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toMatch(/https?:|\*|data:/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cache-control']).toBe('no-store');
  });

  it('holds nothing inline, nothing from elsewhere, and no secret', async () => {
    const { text } = await request(sim).get('/');
    expect(text).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?:\/\//);
    expect(text).not.toContain('very-secret');
  });

  it('is 405 with Allow for another method', async () => {
    await request(sim).post('/').expect(405).expect('Allow', 'GET, HEAD');
    await request(sim).delete('/decide').expect(405).expect('Allow', 'POST');
  });

  it('to HEAD has no body', async () => {
    const response = await request(sim).head('/').expect(200);
    expect(response.text ?? '').toBe('');
  });
});
